#include "cloud/services/common/query_json.h"

#include <gtest/gtest.h>

#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

TEST(QueryJson, FormsBecomeObjectsAndLists) {
  std::map<std::string, std::string> form = {{"Action", "x"}, {"C.D", "3"}, {"E", ""}, {"F.1", "one"}};
  for (int i = 1; i <= 10; ++i) form["A.member." + std::to_string(i)] = std::to_string(i);
  EXPECT_EQ(form_as_json(form),
            json::parse(
                R"({"A":["1","2","3","4","5","6","7","8","9","10"],"C":{"D":"3"},"E":"","F":{"1":"one"}})"));
  EXPECT_EQ(form_as_json({{"A.member.1.B", "1"}}), json::parse(R"({"A":[{"B":"1"}]})"));
}

TEST(QueryJson, WhatCanBeReadInTwoWaysIsRefused) {
  EXPECT_THROW(form_as_json({{"A", "text"}, {"A.member.1", "member"}}), ServiceError);
  EXPECT_EQ(form_as_json({{"A", ""}, {"A.member.1", "member"}}), json::parse(R"({"A":["member"]})"));
  EXPECT_THROW(form_as_json({{"A.member.1", "one"}, {"A.member.3", "three"}}), ServiceError);
  EXPECT_THROW(form_as_json({{"a.b.c.d.e.f.g.h.i.j.k.l.m", "deep"}}), ServiceError);
}

TEST(QueryJson, ScalarsAreEscaped) {
  EXPECT_EQ(scalar_as_xml("a<b&\r"), "a&lt;b&amp;&#13;");
  EXPECT_EQ(scalar_as_xml(true), "true");
  EXPECT_EQ(scalar_as_xml(1.5), "1.5");
  EXPECT_EQ(scalar_as_xml(7), "7");
}

}  // namespace
}  // namespace s3dr::services
