#include "aws/canonical_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace s3dr::aws {
namespace {

TEST(CanonicalPath, S3EncodesOnceAndKeepsEverySegment) {
  EXPECT_EQ(canonical_path("", PathRule::s3), "/");
  EXPECT_EQ(canonical_path("/a//b/./../c/", PathRule::s3), "/a//b/./../c/");
  EXPECT_EQ(canonical_path("/b/a%20b+c%2b", PathRule::s3), "/b/a%20b%2Bc%2B");
  EXPECT_EQ(canonical_path("/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ab%2Fc", PathRule::s3),
            "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ab%2Fc");
  EXPECT_EQ(canonical_path("/%4", PathRule::s3), std::nullopt);
}

TEST(CanonicalPath, OthersNormaliseAndEncodeAgain) {
  EXPECT_EQ(canonical_path("/a/../../b//c/.", PathRule::normalised), "/b/c");
  EXPECT_EQ(canonical_path("/..", PathRule::normalised), "/");
  EXPECT_EQ(canonical_path("/a%3Ab", PathRule::normalised), "/a%253Ab");
}

TEST(CanonicalQuery, SortedAfterEncoding) {
  const auto canonical = [](std::string_view query) { return canonical_query(parse_query(query).value()); };
  EXPECT_EQ(canonical("prefix=a/b&lifecycle&&prefix=A&X=1"), "X=1&lifecycle=&prefix=A&prefix=a%2Fb");
  EXPECT_EQ(canonical("a=b=c&a-=1&a=%20+"), "a=%20%2B&a=b%3Dc&a-=1");
  EXPECT_EQ(canonical(""), "");
  EXPECT_EQ(parse_query("a=%zz"), std::nullopt);
  EXPECT_EQ(canonical_query(parse_query("a=1&X-Amz-Signature=2").value(), "X-Amz-Signature"), "a=1");
}

TEST(CanonicalHeaders, TrimmedJoinedSorted) {
  const Headers headers{
      {"X-B", "  two   words\t "}, {"x-a", "1"}, {"X-b", "3"}, {"User-Agent", "me"}, {"Host", "h"}};
  const auto names = signable_headers(headers);
  EXPECT_THAT(names, ::testing::ElementsAre("host", "x-a", "x-b"));
  EXPECT_EQ(canonical_headers(headers, names), "host:h\nx-a:1\nx-b:two words,3\n");
  EXPECT_EQ(joined_names(names), "host;x-a;x-b");
}

TEST(CanonicalHeaders, WhatIsOnTheWayIsNeverSigned) {
  for (const char* name : {"User-Agent", "Expect", "Transfer-Encoding", "Connection", "Accept-Encoding",
                           "X-Amzn-Trace-Id", "Authorization"}) {
    EXPECT_TRUE(signable_headers({{name, "x"}}).empty()) << name;
  }
}

}  // namespace
}  // namespace s3dr::aws
