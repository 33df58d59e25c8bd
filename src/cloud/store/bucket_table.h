// Buckets in the region's database. Plain functions over a Connection.
// Callers wrap writes in Database::write.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/store/context.h"

namespace s3dr::cloud {

std::optional<BucketRow> find_bucket(Connection& db, std::string_view name);
std::optional<BucketRow> find_bucket(Connection& db, std::int64_t id);
// The bucket that a request names, in this region.
// Checks x-amz-expected-bucket-owner and the caller's account. Refuses:
//   NoSuchBucket
//   PermanentRedirect               301 with x-amz-bucket-region: the global plane knows it in another region
//   AccessDenied                    another account's bucket, and no policy lets the caller in
//   InvalidBucketOwnerAWSAccountID
BucketRow require_bucket(RegionContext& region, const Request& request);

}  // namespace s3dr::cloud
