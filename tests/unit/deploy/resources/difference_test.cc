#include "deploy/resources/difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/resources/json_access.h"
#include "deploy/resources/policy_document.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::object object(const char* text) {
  return json::parse(text).as_object();
}

std::vector<std::string> paths(const char* live, const char* declared) {
  std::vector<std::string> result;
  for (const FieldChange& change : differences(object(live), object(declared))) result.push_back(change.path);
  return result;
}

TEST(Differences, AreNamedByTheirPath) {
  using testing::ElementsAre;
  EXPECT_THAT(paths(R"({"a":1,"b":{"c":[1,2]}})", R"({"a":1,"b":{"c":[1,2]}})"), testing::IsEmpty());
  EXPECT_THAT(paths(R"({"a":1})", R"({"a":2})"), ElementsAre("a"));
  EXPECT_THAT(paths(R"({"b":{"c":[1,2]}})", R"({"b":{"c":[1,3]}})"), ElementsAre("b.c[1]"));
  EXPECT_THAT(paths(R"({"b":{"c":[1]}})", R"({"b":{"c":[1,3]}})"), ElementsAre("b.c"));
  EXPECT_THAT(paths(R"({})", R"({"a":{"b":1}})"), ElementsAre("a"));
  EXPECT_THAT(paths(R"({"x":1})", R"({})"), ElementsAre("x"));
  EXPECT_THAT(paths(R"({"a":"1"})", R"({"a":1})"), ElementsAre("a"));
}

TEST(Differences, TagsOfOthersAreNone) {
  EXPECT_THAT(paths(R"({"tags":{"s3dr:owner":"x","team":"fin"}})", R"({"tags":{"s3dr:owner":"x"}})"),
              testing::IsEmpty());
  EXPECT_THAT(paths(R"({"tags":{"team":"fin"}})", R"({"tags":{"s3dr:owner":"x"}})"),
              testing::ElementsAre("tags.s3dr:owner"));
  EXPECT_THAT(paths(R"({"deeper":{"tags":{"team":"fin"}}})", R"({"deeper":{"tags":{}}})"),
              testing::ElementsAre("deeper.tags.team"));
}

TEST(Differences, CarryBothValues) {
  const auto found = differences(object(R"({"a":1,"x":2})"), object(R"({"a":3,"b":4})"));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], (FieldChange{"a", json::value(1), json::value(3)}));
  EXPECT_EQ(found[1], (FieldChange{"b", std::nullopt, json::value(4)}));
  EXPECT_EQ(found[2], (FieldChange{"x", json::value(2), std::nullopt}));
  EXPECT_EQ(shown(found[1].live), "(none)");
  EXPECT_EQ(shown(json::value("text")), "text");
}

TEST(NormalPolicy, OneAndListOfOneAreTheSameAndOrderDoesNotMatter) {
  const json::value a = normal_policy_of_text(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["b","a"],"Resource":"*",
          "Principal":{"Service":"x"},"Condition":{"ArnLike":{"AWS:SourceArn":"arn"}}}})");
  const json::value b = normal_policy_of_text(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a","b"],"Resource":["*"],
          "Principal":{"Service":["x"]},"Condition":{"ArnLike":{"aws:SourceArn":["arn"]}}}]})");
  EXPECT_EQ(a, b);
  EXPECT_NE(a, normal_policy_of_text(R"({"Version":"2012-10-17","Statement":[]})"));
  EXPECT_EQ(normal_policy_of_text("not json"), json::value("not json"));
  EXPECT_EQ(normal_policy_of_text("[1]"), json::parse("[1]"));
}

TEST(PolicyDocument, IsInNormalForm) {
  const json::object document =
      policy_document({{"S", {{"Service", "x"}}, {"b", "a"}, {"r"}, condition("StringEquals", "k", {"v"})}});
  EXPECT_EQ(normal_policy(document), json::value(document));
  EXPECT_EQ(document, object(R"({"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow",
      "Principal":{"Service":["x"]},"Action":["a","b"],"Resource":["r"],"Condition":{"StringEquals":{"k":["v"]}}}]})"));
}

TEST(JsonAccess, WhatIsMissingIsEmpty) {
  const json::value value = json::parse(R"({"a":{"b":"x","n":5.0,"t":"7"},"list":[1]})");
  EXPECT_EQ(text_at(value, {"a", "b"}), "x");
  EXPECT_EQ(text_at(value, {"a", "c"}), "");
  EXPECT_EQ(text_at(value, {"a", "b", "c"}), "");
  EXPECT_EQ(number_at(value, {"a", "n"}), 5);
  EXPECT_EQ(number_at(value, {"a", "t"}), 7);
  EXPECT_EQ(number_at(value, {"list"}), 0);
  EXPECT_EQ(list_at(value, {"list"}).size(), 1U);
  EXPECT_TRUE(list_at(value, {"a"}).empty());
  EXPECT_EQ(tags_of_list(json::parse(R"([{"Key":"a","Value":"1"},{"key":"b","value":"2"},{}])").as_array()),
            object(R"({"a":"1","b":"2"})"));
}

TEST(Concerns, AFieldAndWhatIsBelowIt) {
  const std::vector<FieldChange> fields{{"tags.x", {}, {}}, {"policies", {}, {}}, {"list[2]", {}, {}}};
  EXPECT_TRUE(concerns(fields, "tags"));
  EXPECT_TRUE(concerns(fields, "policies"));
  EXPECT_TRUE(concerns(fields, "list"));
  EXPECT_FALSE(concerns(fields, "tag"));
  EXPECT_FALSE(concerns(fields, "policy"));
}

}  // namespace
}  // namespace s3dr::deploy
