// What a request addresses: bucket, key and query, read once from the wire form. The signature is checked
// over the same bytes, and authorisation and storage use nothing else (docs/security.md). Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/store/context.h"

namespace s3dr::cloud {

inline constexpr std::size_t key_bytes_max = 1024;

struct RequestAddress {
  std::string bucket;  // empty: the service itself, or S3 Control
  s3::ObjectKey key;   // for S3 Control the whole path below the first slash
  aws::QueryParameters query;
  bool control = false;  // S3 Control
};

// The path is split at its first slash and each side percent-decoded once: "." , ".." , "//" and escaped
// slashes stay what they are. `host` may name the bucket ("bucket.localhost",
// "bucket.s3.<region>.localhost"), or for S3 Control the account. Refuses InvalidURI and KeyTooLongError.
RequestAddress parse_address(std::string_view target, std::string_view host, const s3::Region& region);

}  // namespace s3dr::cloud
