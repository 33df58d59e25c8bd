// Looks at what a bucket holds that is to be adopted as a replica, by listings alone. Versions that the source does not
// have stay there: s3dr deletes nothing, and every verification finds them. So it is said before the adoption.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/world.h"
#include "base/task.h"
#include "s3/names.h"

namespace s3dr::app {

struct AdoptedContent {
  std::uint64_t versions = 0;  // of the bucket to adopt, delete markers included
  std::uint64_t extra = 0;     // of these, not of the source
  std::optional<s3::ObjectKey> first_extra;
  bool complete = true;  // false: the listing was not followed to its end, so the counts are lower bounds
};

constexpr std::uint64_t adopted_versions_max = 100'000;  // looked at on both sides together

// Needs the right to list the versions of both buckets. Raises what the stores answer.
Task<AdoptedContent> look_at_adopted(World& world, s3::BucketName source, s3::BucketName replica,
                                     std::uint64_t versions_max = adopted_versions_max);

// What a person has to know of it, with the way to clear it; empty: nothing will remain as extra.
std::string remains_text(const AdoptedContent& content, const s3::BucketName& source,
                         const s3::BucketName& replica);

}  // namespace s3dr::app
