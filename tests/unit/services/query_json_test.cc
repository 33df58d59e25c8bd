#include "services/query_json.h"

#include <gtest/gtest.h>

#include "services/query_protocol.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

TEST(QueryJson, FormsBecomeObjectsAndLists) {
  EXPECT_EQ(form_as_json({{"Action", "x"},
                          {"A.member.2.B", "2"},
                          {"A.member.1.B", "1"},
                          {"A.member.10.B", "10"},
                          {"C.D", "3"},
                          {"E", ""},
                          {"F.1", "one"}}),
            json::parse(R"({"A":[{"B":"1"},{"B":"2"},{"B":"10"}],"C":{"D":"3"},"E":"","F":{"1":"one"}})"));
}

TEST(QueryJson, WhatCanBeReadInTwoWaysIsRefused) {
  EXPECT_THROW(form_as_json({{"A", "text"}, {"A.member.1", "member"}}), ServiceError);
  EXPECT_EQ(form_as_json({{"A", ""}, {"A.member.1", "member"}}), json::parse(R"({"A":["member"]})"));
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
