// The replication status of a version as text: in the header x-amz-replication-status and in the filters of
// batch jobs (docs/protocol.md, Objects and Batch replication).
#pragma once

#include <optional>
#include <string_view>

#include "s3/object_version.h"

namespace s3dr::s3 {

// "PENDING", "COMPLETED", "FAILED", "REPLICA"; "NONE" for none. Only the filters of batch jobs write "NONE".
// The header is left out instead.
std::string_view to_string(ReplicationStatus status);

// Also accepts COMPLETE, which is in the service model. "" is none; nullopt: not a status.
std::optional<ReplicationStatus> parse_replication_status(std::string_view text);

}  // namespace s3dr::s3
