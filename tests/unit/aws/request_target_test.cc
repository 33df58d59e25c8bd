#include "aws/request_target.h"

#include <gtest/gtest.h>

namespace s3dr::aws {
namespace {

TEST(RequestTarget, SplitsAtTheFirstQuestionMark) {
  EXPECT_EQ(split_target("/a?b=?c").path, "/a");
  EXPECT_EQ(split_target("/a?b=?c").query, "b=?c");
  EXPECT_EQ(split_target("/a").query, "");
  EXPECT_EQ(split_target("").path, "");
}

TEST(RequestTarget, ReadsQueries) {
  EXPECT_EQ(parse_query(""), QueryParameters{});
  EXPECT_EQ(parse_query("b=2&a=1&&versions&prefix=&b="),
            (QueryParameters{{"b", "2"}, {"a", "1"}, {"versions", ""}, {"prefix", ""}, {"b", ""}}));
  EXPECT_EQ(parse_query("a%3D=b%26=c"), (QueryParameters{{"a=", "b&=c"}}));
  EXPECT_EQ(parse_query("a=1+2%2B3%204&a+b"), (QueryParameters{{"a", "1+2+3 4"}, {"a+b", ""}}));
  for (const char* broken : {"%", "a=%", "a=%4", "%zz=1", "a&b=%g0"}) {
    EXPECT_EQ(parse_query(broken), std::nullopt) << broken;
  }
}

TEST(RequestTarget, WritesQueries) {
  EXPECT_EQ(with_query("/a", {}), "/a");
  EXPECT_EQ(with_query("/a%20b", {{"versions", ""}, {"prefix", "a b/+&=\xff"}}),
            "/a%20b?versions&prefix=a%20b%2F%2B%26%3D%FF");
  // Without the '=' nothing would be left of a parameter that has no name.
  EXPECT_EQ(with_query("/a", {{"", ""}}), "/a?=");
  EXPECT_EQ(with_query("/a", {{"b", ""}, {"", ""}, {"", "c"}}), "/a?b&=&=c");
}

}  // namespace
}  // namespace s3dr::aws
