// One version on its way to another region: everything of the row that the replica must have. The wire form
// between regions of one installation: PUT /_internal/replica/<bucket>, body = this JSON on one line, then
// the data.
#pragma once

#include <string>
#include <string_view>

#include "base/http_message.h"
#include "cloud/objects/object_table.h"

namespace s3dr::cloud {

inline constexpr std::string_view replica_path = "/_internal/replica/";
// Headers (signed): how many bytes of the body are the JSON line, and its sha256 in hex.
inline constexpr std::string_view replica_message_length_header = "x-amz-s3dr-message-length";
inline constexpr std::string_view replica_message_sha256_header = "x-amz-s3dr-message-sha256";
inline constexpr std::size_t replica_message_bytes_max = 4 * 1024 * 1024;  // 10,000 parts fit

// In whose name the version comes, also as signed headers: what the replica bucket's policy is asked about.
struct ReplicaSender {
  s3::AccountId account;          // the source bucket's owner
  std::string role_arn;           // the role that replicates; empty: that account has no roles at all
  bool hands_over_owner = false;  // the rule makes the destination the replica's owner
};
void add_sender(Headers& headers, const ReplicaSender& sender);
ReplicaSender read_sender(const Headers& headers);  // raises invalid for what is not one

std::string write_replica_message(const VersionRow& row);  // with the line's end
// Raises invalid for what is not one. Ids, bucket and body are not carried.
VersionRow parse_replica_message(std::string_view text);

}  // namespace s3dr::cloud
