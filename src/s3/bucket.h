// What S3 says about a bucket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "s3/names.h"

namespace s3dr::s3 {

struct BucketHead {
  Region region;  // x-amz-bucket-region; empty when the store does not say
  bool operator==(const BucketHead&) const = default;
};

enum class Versioning { never_enabled, enabled, suspended };

struct BucketSummary {
  BucketName name;
  Instant created{};
  Region region;  // empty when the store does not say
};

struct BucketPage {
  std::vector<BucketSummary> buckets;
  std::vector<std::string> other_names;  // listed, but no bucket that we could address is called so
  std::string continuation_token;        // empty: the last page
};

}  // namespace s3dr::s3
