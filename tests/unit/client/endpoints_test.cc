#include "client/endpoints.h"

#include <gtest/gtest.h>

#include <array>

#include "base/error.h"

namespace s3dr::client {
namespace {

const s3::Region west = s3::Region::parse("us-west-2");
const s3::Region east = s3::Region::parse("us-east-2");
const s3::BucketName plain = s3::BucketName::parse("harbor-ledger");
const s3::BucketName dotted = s3::BucketName::parse("harbor.ledger");
const s3::AccountId account = s3::AccountId::parse("111122223333");

TEST(EndpointMap, NamesAwsHostsWithoutConfiguration) {
  const EndpointMap aws;
  EXPECT_EQ(aws.bucket_address(west, plain).endpoint.url(),
            "https://harbor-ledger.s3.us-west-2.amazonaws.com");
  EXPECT_EQ(aws.bucket_address(west, plain).path, "");
  EXPECT_EQ(aws.bucket_address(west, dotted).endpoint.url(), "https://s3.us-west-2.amazonaws.com");
  EXPECT_EQ(aws.bucket_address(west, dotted).path, "/harbor.ledger");
  EXPECT_EQ(aws.bucket_address(west, {}).endpoint.url(), "https://s3.us-west-2.amazonaws.com");
  EXPECT_EQ(aws.control_address(west, account).endpoint.url(),
            "https://111122223333.s3-control.us-west-2.amazonaws.com");
  EXPECT_EQ(aws.bucket_address(s3::Region::parse("cn-north-1"), {}).endpoint.host,
            "s3.cn-north-1.amazonaws.com.cn");
  EXPECT_THROW(aws.control_address(west, {}), Error);
}

TEST(EndpointMap, ReadsBothFormsOfTheText) {
  for (const char* text : {R"( {"us-west-2": "http://127.0.0.1:9101", "us-east-2": "https://[::1]:9202"} )",
                           "us-west-2=http://127.0.0.1:9101, us-east-2 = https://[::1]:9202"}) {
    const EndpointMap map = EndpointMap::parse(text);
    EXPECT_EQ(map.bucket_address(west, plain),
              (Address{Endpoint{false, "127.0.0.1", 9101}, "/harbor-ledger"}));
    EXPECT_EQ(map.bucket_address(east, {}), (Address{Endpoint{true, "::1", 9202}, ""}));
    EXPECT_EQ(map.control_address(west, account), (Address{Endpoint{false, "127.0.0.1", 9101}, ""}));
  }
  EXPECT_TRUE(EndpointMap::parse("  ").empty());
}

// A store of one's own, addressed as AWS is.
TEST(EndpointMap, PutsTheBucketInFrontOfTheHostWhereConfigured) {
  const EndpointMap map = EndpointMap::parse(
      R"({"us-west-2": {"url": "http://s3.us-west-2.localhost:9101", "addressing": "virtual"},
          "us-east-2": {"url": "http://127.0.0.1:9102"}})");
  const Endpoint host{false, "s3.us-west-2.localhost", 9101};
  EXPECT_EQ(map.bucket_address(west, plain),
            (Address{Endpoint{false, "harbor-ledger.s3.us-west-2.localhost", 9101}, ""}));
  EXPECT_EQ(map.bucket_address(west, {}), (Address{host, ""}));
  EXPECT_EQ(map.control_address(west, account), (Address{host, ""}));
  EXPECT_EQ(map.bucket_address(east, plain).path, "/harbor-ledger");
}

// Dots, the upper case and the underscores of old us-east-1 names cannot stand in a host.
TEST(EndpointMap, KeepsNamesThatAreNoHostLabelInThePath) {
  const EndpointMap aws;
  for (const char* name : {"harbor.ledger", "My_Legacy_Bucket", "MyBucket", "old_bucket"}) {
    const Address address = aws.bucket_address(west, s3::BucketName::parse(name));
    EXPECT_EQ(address.endpoint.host, "s3.us-west-2.amazonaws.com") << name;
    EXPECT_EQ(address.path, "/" + std::string(name));
  }
  const auto regional = s3::BucketName::parse("photos-111122223333-us-west-2-an");
  EXPECT_EQ(aws.bucket_address(west, regional).path, "");
}

TEST(EndpointMap, WritesWhatItReads) {
  const std::string text =
      R"({"us-west-2":{"url":"http://a.localhost:1","addressing":"virtual"},"us-east-2":"https://b.localhost"})";
  EXPECT_EQ(EndpointMap::parse(text).to_json(std::array{west, east}), text);
  EXPECT_EQ(EndpointMap().to_json(std::array{west, east}), "");
}

TEST(EndpointMap, RefusesWhatItDoesNotUnderstand) {
  for (const char* text :
       {"{", "{\"us-west-2\": 1}", "us-west-2", "us-west-2=ftp://x", "=http://x", "US WEST=http://x",
        "us-west-2=http://a,us-west-2=http://b", "us-west-2=http://a,,", "us-west-2=http://user@host",
        "us-west-2=http://host/path", R"({"us-west-2":{"url":"http://a","addressing":"dns"}})",
        R"({"us-west-2":{"addressing":"path"}})", R"({"us-west-2":{"url":"http://a","style":"path"}})",
        R"({"us-west-2":{"url":"http://127.0.0.1:9101","addressing":"virtual"}})",
        R"({"us-west-2":{"url":"http://[::1]:9101","addressing":"virtual"}})"}) {
    try {
      (void)EndpointMap::parse(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid) << text;
    }
  }
}

TEST(EndpointMap, RedirectsStayWithinWhatIsConfigured) {
  const EndpointMap map = EndpointMap::parse("us-west-2=http://127.0.0.1:9101");
  EXPECT_TRUE(map.may_redirect(east, west));
  EXPECT_FALSE(map.may_redirect(west, east));  // a private store must not send us to AWS
  EXPECT_TRUE(EndpointMap().may_redirect(west, east));
}

}  // namespace
}  // namespace s3dr::client
