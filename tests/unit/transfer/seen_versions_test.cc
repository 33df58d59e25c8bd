#include "transfer/seen_versions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace s3dr::transfer {
namespace {

s3::ObjectVersion version(int number) {
  s3::ObjectVersion result;
  result.key = s3::ObjectKey("key-" + std::to_string(number));
  result.version_id = s3::VersionId("v" + std::to_string(number));
  return result;
}

TEST(SeenVersions, few_are_kept_of_many_from_all_over_the_listing) {
  for (const int count : {0, 1, 7, 8, 9, 15, 16, 17, 100, 1'000, 4'097}) {
    SeenVersions seen;
    for (int i = 0; i < count; ++i) seen.add(version(i));
    const auto kept = seen.take();
    EXPECT_EQ(kept.size(), std::min<std::size_t>(static_cast<std::size_t>(count), dr::seen_versions_max))
        << count;
    std::set<std::string> ids;
    int in_first_half = 0;
    for (const dr::SeenVersion& one : kept) {
      EXPECT_TRUE(ids.insert(one.version_id.text()).second) << count;
      if (std::stoi(one.version_id.text().substr(1)) < count / 2) ++in_first_half;
    }
    if (count >= 16) {
      EXPECT_GE(in_first_half, 2) << count;
      EXPECT_LE(in_first_half, 6) << count;
    }
  }
}

TEST(SeenVersions, a_null_version_is_kept_with_its_time_and_a_marker_is_not_kept) {
  SeenVersions seen;
  s3::ObjectVersion marker = version(1), null = version(2);
  marker.is_delete_marker = true;
  null.version_id = s3::VersionId::null();
  null.last_modified = Instant(milliseconds(7));
  seen.add(marker);
  seen.add(null);
  ASSERT_EQ(seen.take().size(), 1U);
  EXPECT_EQ(seen.take().front().created, null.last_modified);
}

}  // namespace
}  // namespace s3dr::transfer
