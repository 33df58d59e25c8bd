#include "dr/store_profile.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr::dr {
namespace {

TEST(StoreProfile, OneRowAKind) {
  for (const StoreKind kind : {StoreKind::aws, StoreKind::embedded_cloud, StoreKind::other}) {
    EXPECT_EQ(profile_of(kind).kind, kind);
    EXPECT_EQ(parse_store_kind(to_string(kind)), kind);
    EXPECT_EQ(profile_of(kind).active_jobs_max, 6);
  }
  EXPECT_FALSE(parse_store_kind("ceph"));
  EXPECT_EQ(profile_of(StoreKind::aws).after_first_versioning, milliseconds(15 * 60'000));
  EXPECT_FALSE(profile_of(StoreKind::aws).jobs_end_at_once);
  EXPECT_EQ(profile_of(StoreKind::embedded_cloud).after_new_rule, milliseconds(0));
}

TEST(StoreProfile, TravelsInAnEnvironment) {
  StoreProfile profile = profile_of(StoreKind::aws);
  profile.after_new_rule = milliseconds(1'000);
  profile.active_jobs_max = 2;
  EXPECT_EQ(parse_store_profile(to_json(profile)), profile);
  for (const char* text : {"", "[]", "{}", R"({"kind":"aws"})"}) {
    EXPECT_THROW(parse_store_profile(text), Error) << text;
  }
  std::string more = to_json(profile);
  more.insert(1, "\"surprise\":1,");
  EXPECT_THROW(parse_store_profile(more), Error);
}

// Each value is listed once, and a value of one's own is told from that of the kind.
TEST(StoreProfile, SaysWhichOfItsValuesAreOverridden) {
  for (const StoreValue& value : values_of(profile_of(StoreKind::aws)))
    EXPECT_FALSE(value.is_overridden()) << value.name;
  StoreProfile own;
  own.kind = StoreKind::aws;
  own.after_first_versioning = milliseconds(1);
  own.after_new_rule = milliseconds(2);
  own.after_new_job = milliseconds(6);
  own.cut_off_settling = milliseconds(3);
  own.fence = milliseconds(4);
  own.active_jobs_max = 5;
  own.jobs_end_at_once = true;
  std::vector<std::int64_t> in_use;
  for (const StoreValue& value : values_of(own)) {
    EXPECT_TRUE(value.is_overridden()) << value.name;
    in_use.push_back(value.in_use);
  }
  EXPECT_EQ(in_use, (std::vector<std::int64_t>{1, 2, 6, 3, 4, 5, 1}));
}

}  // namespace
}  // namespace s3dr::dr
