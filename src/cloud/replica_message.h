// One version on its way to another region: everything of the row that the replica must have. The wire form
// between regions of one installation: PUT /_internal/replica/<bucket>, body = this JSON on one line, then
// the data.
#pragma once

#include <string>
#include <string_view>

#include "cloud/object_table.h"

namespace s3dr::cloud {

inline constexpr std::string_view replica_path = "/_internal/replica/";
// Headers (signed): how many bytes of the body are the JSON line, and its sha256 in hex.
inline constexpr std::string_view replica_message_length_header = "x-amz-s3dr-message-length";
inline constexpr std::string_view replica_message_sha256_header = "x-amz-s3dr-message-sha256";
inline constexpr std::size_t replica_message_bytes_max = 4 * 1024 * 1024;  // 10,000 parts fit

std::string write_replica_message(const VersionRow& row);  // with the line's end
// Raises invalid for what is not one. Ids, bucket and body are not carried.
VersionRow parse_replica_message(std::string_view text);

}  // namespace s3dr::cloud
