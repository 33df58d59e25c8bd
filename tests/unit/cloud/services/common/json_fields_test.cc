#include "cloud/services/common/json_fields.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/encoding.h"
#include "cloud/services/cloudwatch/cloudwatch_protocol.h"
#include "cloud/services/common/json_pages.h"
#include "cloud/services/common/json_tags.h"
#include "cloud/services/lambda/lambda_validation.h"
#include "cloud/services/logs/logs_reading.h"
#include "cloud/services/sqs/sqs_request.h"

namespace s3dr::services {
namespace {
namespace json = boost::json;

// "Code: message" of the refusal; "" where there is none.
std::string refusal(const std::function<void()>& read) {
  try {
    read();
  } catch (const ServiceError& error) {
    return error.code + ": " + error.message;
  }
  return "";
}

json::object object(std::string_view text) {
  return json::parse(text).as_object();
}

// What clients have seen of each service since it is there: the words are part of its answers.
TEST(FieldWords, EveryServiceRefusesAListOfOtherThingsInItsOwnWords) {
  const json::object given = object(R"({"F": [1]})");
  const auto told = [&given](const FieldWords& words) {
    return refusal([&] { text_list(given, "F", words); });
  };
  EXPECT_EQ(told(validation_words), "ValidationException: F must be a list of texts.");
  EXPECT_EQ(
      told(cloudwatch_words),
      "InvalidParameterValue: The value of the parameter F is not allowed: it must be a list of strings.");
  EXPECT_EQ(told(lambda_words), "InvalidParameterValueException: F must be a list of texts.");
  EXPECT_EQ(told(logs_words), "InvalidParameterException: F must be a list of strings.");
  EXPECT_EQ(told(sqs_words), "com.amazonaws.sqs#InvalidParameterValue: F must be a list of strings.");
}

TEST(FieldWords, EveryServiceRefusesWhatIsNoStructureInItsOwnWords) {
  const json::object given = object(R"({"F": 1})");
  const auto told = [&given](const FieldWords& words) {
    return refusal([&] { optional_object(given, "F", words); });
  };
  EXPECT_EQ(told(validation_words), "ValidationException: F must be a structure.");
  EXPECT_EQ(told(lambda_words), "InvalidParameterValueException: F must be an object.");
  EXPECT_EQ(told(sqs_words), "com.amazonaws.sqs#InvalidParameterValue: F must be a map of strings.");
}

TEST(JsonFields, AMissingTextIsRefusedInTheServicesWords) {
  for (const char* text : {"{}", R"({"F": null})", R"({"F": ""})"}) {
    EXPECT_EQ(refusal([&] { require_text(object(text), "F"); }), "ValidationException: F is required.");
    EXPECT_EQ(refusal([&] { require_text(object(text), "F", cloudwatch_words); }),
              "MissingParameter: The parameter F is required.");
  }
}

TEST(JsonFields, OnlyWordsOfFormsReadTextsAsNumbersAndTruthValues) {
  const json::object given =
      object(R"({"number": "2.5", "whole": "7", "yes": "true", "time": "2026-08-01T10:15:00Z", "list": ""})");
  EXPECT_EQ(optional_number(given, "number", cloudwatch_words), 2.5);
  EXPECT_EQ(optional_integer(given, "whole", cloudwatch_words), 7);
  EXPECT_EQ(optional_boolean(given, "yes", cloudwatch_words), true);
  EXPECT_EQ(optional_instant(given, "time", cloudwatch_words), from_iso8601("2026-08-01T10:15:00Z"));
  EXPECT_TRUE(array_or_empty(given, "list", cloudwatch_words).empty());
  EXPECT_EQ(
      refusal([&] { optional_integer(given, "number", cloudwatch_words); }),
      "InvalidParameterValue: The value of the parameter number is not allowed: it must be a whole number.");
  EXPECT_EQ(refusal([&] { optional_integer(given, "whole"); }),
            "ValidationException: whole must be an integer.");
  EXPECT_EQ(refusal([&] { optional_boolean(given, "yes"); }),
            "ValidationException: yes must be true or false.");
  EXPECT_EQ(refusal([&] { array_or_empty(given, "list"); }), "ValidationException: list must be a list.");
}

TEST(JsonFields, AFieldThatIsNotKnownIsNeverIgnored) {
  const json::object given = object(R"({"Name": "n", "None": null, "Empty": [], "Other": 1})");
  EXPECT_EQ(refusal([&] { refuse_other_fields(given, {"Name", "Empty"}, "PutRule"); }),
            "UnsupportedOperationException: The field Other of PutRule is not supported yet.");
  EXPECT_EQ(refusal([&] { refuse_other_fields(given, {"Name", "Other"}, logs_words); }),
            "UnsupportedOperationException: The field \"Empty\" is not supported yet.");
  EXPECT_EQ(refusal([&] { refuse_other_fields(given, {"Name", "Other"}, lambda_words); }), "");
}

TEST(JsonTags, MapsAreRefusedInTheServicesWords) {
  const auto told = [](std::string_view text, const FieldWords& words) {
    return refusal([&] { tags_of_map(object(text), "Tags", words); });
  };
  EXPECT_EQ(told(R"({"Tags": []})", lambda_words),
            "InvalidParameterValueException: Tags must be a map of strings.");
  EXPECT_EQ(told(R"({"Tags": []})", logs_words), "InvalidParameterException: Tags must be a map.");
  EXPECT_EQ(told(R"({"Tags": {"k": 1}})", logs_words),
            "InvalidParameterException: The tags are refused: the value of k is no text.");
  EXPECT_EQ(tags_of_map(object(R"({"Tags": {"k": "v"}})"), "Tags", logs_words), object(R"({"k": "v"})"));
}

TEST(JsonTags, MoreThanFiftyInAllAreRefused) {
  json::object tags, added;
  for (int i = 0; i < 50; ++i) tags["k" + std::to_string(i)] = "v";
  added["k0"] = "w";
  merge_tags(tags, added);
  EXPECT_EQ(tags["k0"], "w");
  added["one more"] = "v";
  EXPECT_EQ(refusal([&] { merge_tags(tags, added, "Too many.", logs_words); }),
            "InvalidParameterException: Too many.");
}

TEST(JsonPages, APageEndsAtItsLimitAndTheNextOneGoesOn) {
  const auto show = [](json::array& list, const std::string& row) { list.emplace_back(row); };
  const auto name_of = [](const std::string& row) { return row; };
  const Page first = page_of(object(R"({"Limit": 2})"));
  const json::object answer =
      answer_page("Names", std::vector<std::string>{"a", "b", "c"}, first, show, name_of);
  EXPECT_EQ(answer.at("Names"), (json::array{"a", "b"}));
  const Page second = page_of(object(json::serialize(json::object{{"NextToken", answer.at("NextToken")}})));
  EXPECT_EQ(second.after, "b");
  EXPECT_FALSE(
      answer_page("Names", std::vector<std::string>{"c"}, second, show, name_of).contains("NextToken"));
}

}  // namespace
}  // namespace s3dr::services
