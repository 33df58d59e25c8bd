#include "s3/create_bucket_rules.h"

#include <gtest/gtest.h>

namespace s3dr::s3 {
namespace {

std::string refused(const char* region, const char* constraint, TagSet tags = {}) {
  const auto refusal =
      why_refused(Region::parse(region), CreateBucketConfiguration{constraint, std::move(tags)});
  return refusal ? refusal->code : "";
}

TEST(CreateBucketRules, LocationConstraintByRegion) {
  EXPECT_EQ(refused("us-east-1", ""), "");
  EXPECT_EQ(refused("us-east-1", "us-east-1"), "InvalidLocationConstraint");
  EXPECT_EQ(refused("us-east-1", "us-west-2"), "IllegalLocationConstraintException");
  EXPECT_EQ(refused("us-west-2", "us-west-2"), "");
  EXPECT_EQ(refused("us-west-2", ""), "IllegalLocationConstraintException");
  EXPECT_EQ(refused("us-west-2", "us-east-2"), "IllegalLocationConstraintException");
  EXPECT_EQ(refused("us-west-2", "us-east-1"), "InvalidLocationConstraint");
  EXPECT_EQ(refused("eu-west-1", "EU"), "");
  EXPECT_EQ(refused("us-west-2", "EU"), "IllegalLocationConstraintException");
  EXPECT_EQ(refused("us-west-2", "us-west-2", {{"dr:source", "x"}}), "");
  EXPECT_EQ(refused("us-west-2", "us-west-2", {{"aws:x", ""}}), "InvalidTag");
}

TEST(CreateBucketRules, SaysWhichConstraint) {
  const auto refusal = why_refused(Region::parse("us-west-2"), {});
  ASSERT_TRUE(refusal);
  EXPECT_EQ(
      refusal->message,
      "The unspecified location constraint is incompatible for the region specific endpoint this request was "
      "sent to.");
}

}  // namespace
}  // namespace s3dr::s3
