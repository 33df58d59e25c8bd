#include "aws/arn.h"

#include <gtest/gtest.h>

namespace s3dr::aws {
namespace {

TEST(Arn, RoundTrip) {
  for (const char* text :
       {"arn:aws:s3:::harbor-ledger", "arn:aws-cn:s3:::harbor-ledger/a key:with/everything",
        "arn:aws:iam::111122223333:role/dr-s3-replication",
        "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:source_bucket_check:live"}) {
    const auto arn = parse_arn(text);
    ASSERT_TRUE(arn.has_value()) << text;
    EXPECT_EQ(to_string(*arn), text);
  }
}

TEST(Arn, RefusesWhatIsNone) {
  for (const char* text : {"", "arn", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "ARN:aws:s3:::b",
                           "arn:aws:s3::b", "arn:a ws:s3:::b", "s3://bucket"}) {
    EXPECT_FALSE(parse_arn(text).has_value()) << text;
  }
}

TEST(Arn, Buckets) {
  EXPECT_EQ(bucket_arn("aws-cn", "harbor-ledger"), "arn:aws-cn:s3:::harbor-ledger");
  EXPECT_EQ(bucket_of_arn("arn:aws:s3:::harbor-ledger"), "harbor-ledger");
  EXPECT_EQ(bucket_of_arn("arn:aws-eusc:s3:::harbor-ledger/a/b"), "harbor-ledger");
  EXPECT_EQ(bucket_of_arn("arn:aws:s3:::/a"), std::nullopt);
  EXPECT_EQ(bucket_of_arn("arn:aws:sns:::harbor-ledger"), std::nullopt);
  EXPECT_EQ(bucket_of_arn("arn:aws:s3:eu-west-1:111122223333:accesspoint/a"), std::nullopt);
}

TEST(Arn, Roles) {
  EXPECT_EQ(role_arn("aws", "111122223333", "dr"), "arn:aws:iam::111122223333:role/dr");
  EXPECT_TRUE(is_role_arn("arn:aws:iam::111122223333:role/path/dr"));
  for (const char* text : {"arn:aws:iam::11112222333:role/dr", "arn:aws:iam::111122223333:user/dr",
                           "arn:aws:iam::111122223333:role/", "arn:aws:s3:::role/dr", "dr"}) {
    EXPECT_FALSE(is_role_arn(text)) << text;
  }
}

}  // namespace
}  // namespace s3dr::aws
