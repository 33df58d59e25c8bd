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

}  // namespace
}  // namespace s3dr::dr
