// Asks another region about one of its buckets, through the internal door (GET /_internal/bucket/<name>).
// This is done when a replication configuration is put.
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
// the region does not answer or gives any other answer: that is never taken for "no such bucket".
// May be repeated.
Task<std::optional<PeerBucket>> describe_peer_bucket(RegionContext& region, s3::Region peer,
                                                     s3::BucketName bucket);

// The answer of the other region. Needs: the request's signature was checked (cloud/door/internal_auth.h).
HttpResponse answer_peer_bucket(RegionContext& region, std::string_view bucket);

inline constexpr std::string_view peer_bucket_path = "/_internal/bucket/";

}  // namespace s3dr::cloud
