// The replication status of a version as text: in the header x-amz-replication-status and in the filters of
// batch jobs (docs/protocol.md, Objects and Batch replication).
#pragma once

#include <optional>
#include <string_view>

#include "s3/object_version.h"

namespace s3dr::s3 {

// "PENDING", "COMPLETED", "FAILED", "REPLICA"; "NONE" for none, which only the filters of batch jobs spell
// out (the header is left out).
std::string_view to_string(ReplicationStatus status);

// Also accepts COMPLETE, which the service model has. "" is none; nullopt: not a status.
std::optional<ReplicationStatus> parse_replication_status(std::string_view text);

}  // namespace s3dr::s3
