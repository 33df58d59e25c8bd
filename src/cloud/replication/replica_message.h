// One version on its way to another region: everything of its row that the replica must have. Between the
// regions of one installation it is sent as PUT /_internal/replica/<bucket>. The body is this JSON on one
// line, then the data.
#pragma once

#include <string>
#include <string_view>

#include "base/http_message.h"
#include "cloud/objects/object_table.h"

namespace s3dr::cloud {

inline constexpr std::string_view replica_path = "/_internal/replica/";
// Signed headers: the length of the JSON line in bytes, and its sha256 in hex.
inline constexpr std::string_view replica_message_length_header = "x-amz-s3dr-message-length";
inline constexpr std::string_view replica_message_sha256_header = "x-amz-s3dr-message-sha256";
inline constexpr std::size_t replica_message_bytes_max = 4 * 1024 * 1024;  // 10,000 parts fit

// On whose behalf the version is sent; also in signed headers.
// The replica bucket's policy must let this role in.
struct ReplicaSender {
  s3::AccountId account;          // the source bucket's owner
  std::string role_arn;           // the replication role; empty: that account has no roles at all
  bool hands_over_owner = false;  // the rule makes the destination the replica's owner
};
void add_sender(Headers& headers, const ReplicaSender& sender);
ReplicaSender read_sender(const Headers& headers);  // raises invalid: a header is missing or wrong

std::string write_replica_message(const VersionRow& row);  // with the end of the line
// Raises invalid if `text` is not such a message. Row id, bucket and body id are not in it.
VersionRow parse_replica_message(std::string_view text);

}  // namespace s3dr::cloud
