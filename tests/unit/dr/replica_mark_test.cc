// The mark on a replica bucket, and back to its source.
#include <gtest/gtest.h>

#include "dr/replica_name.h"

namespace s3dr::dr {
namespace {

Policy policy() {
  Policy policy;
  policy.source_account = s3::AccountId::parse("111122223333");
  policy.source_region = s3::Region::parse("us-west-2");
  return policy;
}

TEST(ReplicaMark, tells_the_source) {
  const auto source = s3::BucketName::parse("My_Legacy_Bucket");
  EXPECT_EQ(source_of_mark(policy(), {replica_mark(policy(), source)}), source);
}

// A tag's value has 256 characters. A longer mark is hashed, and a hash of 64 hex digits could be a bucket's name.
TEST(ReplicaMark, a_hashed_one_tells_nobody) {
  const auto source = s3::BucketName::parse(std::string(250, 'a'));
  const s3::Tag mark = replica_mark(policy(), source);
  EXPECT_EQ(mark.value.size(), std::string("111122223333/us-west-2/").size() + 64);
  EXPECT_TRUE(is_marked_replica({mark}));
  EXPECT_FALSE(source_of_mark(policy(), {mark}));
}

}  // namespace
}  // namespace s3dr::dr
