// What another region says of one of its buckets: asked when a replication configuration is put, through the
// internal door (GET /_internal/bucket/<name>).
#pragma once

#include <optional>

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"
#include "s3/bucket.h"

namespace s3dr::cloud {

struct PeerBucket {
  s3::AccountId account;
  s3::Versioning versioning = s3::Versioning::never_enabled;
};

// nullopt: the region answered that it has no such bucket. Raises unavailable (ServiceUnavailable 503) when
// it cannot be asked or gives any other answer: never taken for a "no". May be repeated.
Task<std::optional<PeerBucket>> describe_peer_bucket(RegionContext& region, s3::Region peer,
                                                     s3::BucketName bucket);

// The other side; the request has been checked (cloud/door/internal_auth.h).
HttpResponse answer_peer_bucket(RegionContext& region, std::string_view bucket);

inline constexpr std::string_view peer_bucket_path = "/_internal/bucket/";

}  // namespace s3dr::cloud
