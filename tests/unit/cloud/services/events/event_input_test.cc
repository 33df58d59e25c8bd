#include "cloud/services/events/event_input.h"

#include <gtest/gtest.h>

#include <optional>

#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {
namespace {
namespace json = boost::json;

const json::object event =
    json::parse(
        R"({"id":"1","detail-type":"t","resources":["a","b"],"detail":{"n":5,"text":"say \"hi\"","tags":{"k":"v"}}})")
        .as_object();

std::string input(const std::string& target) {
  const json::object document = json::parse(target).as_object();
  check_input(document);
  return std::optional<std::string>(target_input(document, event, {"arn:rule", "rule", Instant()}))
      .value_or("too large");
}

TEST(EventInput, TheWholeAPartOrAConstant) {
  EXPECT_EQ(input("{}"), json::serialize(event));
  EXPECT_EQ(input(R"({"Input":"{\"x\": 1}"})"), R"({"x": 1})");
  EXPECT_EQ(input(R"({"InputPath":"$"})"), json::serialize(event));
  EXPECT_EQ(input(R"({"InputPath":"$.detail.tags"})"), R"({"k":"v"})");
  EXPECT_EQ(input(R"({"InputPath":"$.resources[1]"})"), R"("b")");
  EXPECT_EQ(input(R"({"InputPath":"$['detail-type']"})"), R"("t")");
  EXPECT_EQ(input(R"({"InputPath":"$.detail-type"})"), R"("t")");
  EXPECT_EQ(input(R"({"InputPath":"$.no.such"})"), "null");
  EXPECT_EQ(input(R"({"InputPath":"$.resources[9]"})"), "null");
}

std::string transformed(const std::string& text) {
  json::object transformer;
  transformer["InputPathsMap"] = {
      {"n", "$.detail.n"}, {"text", "$.detail.text"}, {"tags", "$.detail.tags"}, {"none", "$.none"}};
  transformer["InputTemplate"] = text;
  return input(json::serialize(json::object{{"InputTransformer", transformer}}));
}

TEST(EventInput, ATemplateIsFilledIn) {
  EXPECT_EQ(transformed(R"({"n": <n>, "t": <text>, "o": <tags>, "x": <none>})"),
            R"({"n": 5, "t": "say \"hi\"", "o": {"k":"v"}, "x": null})");
  EXPECT_EQ(transformed(R"("<n>: <text>, <tags>, <none>.")"), R"("5: say \"hi\", {\"k\":\"v\"}, .")");
  EXPECT_EQ(transformed(R"({"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"})"),
            R"({"rule": "rule", "arn": "arn:rule"})");
  EXPECT_EQ(transformed("<aws.events.event.json>"), json::serialize(event));
  EXPECT_EQ(transformed(R"("a \" quote and <n>")"), R"("a \" quote and 5")");
}

// 2,700 times the event in 8 KiB of template.
TEST(EventInput, ATemplateComesToNoMoreThanAnEvent) {
  json::object large = event;
  large["detail"].as_object()["text"] = std::string(100'000, '"');
  const auto filled = [&large](const std::string& text) {
    const json::object target{
        {"InputTransformer",
         json::object{{"InputPathsMap", json::object{{"t", "$.detail.text"}}}, {"InputTemplate", text}}}};
    check_input(target);
    const std::optional<std::string> input = target_input(target, large, {"arn:rule", "rule", Instant()});
    return input ? std::optional(input->size()) : std::nullopt;
  };
  std::string often = "[1";
  while (often.size() < 8'180) often += ",<t>";
  EXPECT_EQ(filled("<t>"), 200'002U);
  EXPECT_EQ(filled("[<t>,<t>]"), std::nullopt);
  EXPECT_EQ(filled(R"({"a": "<t><t>"})"), std::nullopt);
  EXPECT_EQ(filled(often + "]"), std::nullopt);
}

TEST(EventInput, WhatCouldNotBeJsonIsRefused) {
  for (const std::string bad : {R"({"n": <unknown>})", R"({"n": <n>)", "plain text", R"({<n>: 1})", ""})
    EXPECT_THROW(transformed(bad), ServiceError) << bad;
  for (const std::string bad :
       {R"({"Input":"{"})", R"({"InputPath":"$..x"})", R"({"InputPath":"$.a[*]"})", R"({"InputPath":"a"})",
        R"({"InputPath":1})", R"({"InputTransformer":{"InputTemplate":"1","InputPathsMap":{"a":"x"}}})",
        R"({"InputTransformer":{"InputTemplate":"1","InputPathsMap":{"aws.a":"$.x"}}})"})
    EXPECT_THROW(input(bad), ServiceError) << bad;
}

}  // namespace
}  // namespace s3dr::services
