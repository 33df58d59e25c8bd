// What a request addresses: bucket, key and query. They are read once from the bytes of the request. The
// signature covers the same bytes. Authorisation and storage use only this result (docs/security.md). Pure.
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

// Splits the path at its first slash and percent-decodes each side once. ".", "..", "//" and escaped slashes
// stay part of the key. `host` may name the bucket ("bucket.localhost", "bucket.s3.<region>.localhost") or,
// for S3 Control, the account. Refuses InvalidURI and KeyTooLongError.
RequestAddress parse_address(std::string_view target, std::string_view host, const s3::Region& region);

}  // namespace s3dr::cloud
