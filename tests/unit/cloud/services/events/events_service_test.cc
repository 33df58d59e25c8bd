#include "cloud/services/events/events_service.h"

#include "unit/cloud/services/events/events_fixture.h"

namespace s3dr::services {
namespace {
namespace json = boost::json;

const std::string anything = R"({"source":["test"]})";

TEST_F(EventsTest, PutRuleReplacesEveryFieldButTheTags) {
  const json::object made = answer("PutRule", {{"Name", "r"},
                                               {"EventPattern", anything},
                                               {"Description", "first"},
                                               {"Tags", {{{"Key", "owner"}, {"Value", "me"}}}}});
  EXPECT_EQ(made.at("RuleArn"), "arn:aws:events:us-west-2:111122223333:rule/r");
  EXPECT_EQ(answer("DescribeRule", {{"Name", "r"}}).at("Description"), "first");
  answer("PutRule", {{"Name", "r"}, {"ScheduleExpression", "rate(5 minutes)"}, {"State", "DISABLED"}});
  restart();
  const json::object shown = answer("DescribeRule", {{"Name", "r"}});
  EXPECT_EQ(shown.at("State"), "DISABLED");
  EXPECT_EQ(shown.at("ScheduleExpression"), "rate(5 minutes)");
  EXPECT_FALSE(shown.contains("Description"));
  EXPECT_FALSE(shown.contains("EventPattern"));
  const json::object tags = answer("ListTagsForResource", {{"ResourceARN", made.at("RuleArn")}});
  EXPECT_EQ(json::serialize(tags), R"({"Tags":[{"Key":"owner","Value":"me"}]})");
  EXPECT_EQ(refusal("DescribeRule", {{"Name", "r"}}, cloud::bob), "ResourceNotFoundException");
}

TEST_F(EventsTest, TagsOfRules) {
  const json::value arn = answer("PutRule", {{"Name", "r"}, {"EventPattern", anything}}).at("RuleArn");
  answer("TagResource",
         {{"ResourceARN", arn}, {"Tags", {{{"Key", "a"}, {"Value", "1"}}, {{"Key", "b"}, {"Value", "2"}}}}});
  answer("UntagResource", {{"ResourceARN", arn}, {"TagKeys", json::array{"a", "unknown"}}});
  EXPECT_EQ(json::serialize(answer("ListTagsForResource", {{"ResourceARN", arn}})),
            R"({"Tags":[{"Key":"b","Value":"2"}]})");
  EXPECT_EQ(refusal("TagResource", {{"ResourceARN", arn}, {"Tags", {{{"Key", "aws:x"}, {"Value", "1"}}}}}),
            "ValidationException");
  EXPECT_EQ(refusal("TagResource", {{"ResourceARN", "arn:aws:events:us-west-2:444455556666:rule/r"}}),
            "AccessDeniedException");
}

TEST_F(EventsTest, WhatIsWrongIsRefusedAndLeavesNothing) {
  const json::value pattern(anything);
  const std::vector<std::pair<json::value, std::string>> bad = {
      {{{"Name", "r"}}, "ValidationException"},
      {{{"EventPattern", pattern}}, "ValidationException"},
      {{{"Name", "a b"}, {"EventPattern", pattern}}, "ValidationException"},
      {{{"Name", std::string(65, 'x')}, {"EventPattern", pattern}}, "ValidationException"},
      {{{"Name", 1}, {"EventPattern", pattern}}, "ValidationException"},
      {{{"Name", "r"}, {"EventPattern", "{}}"}}, "InvalidEventPatternException"},
      {{{"Name", "r"}, {"EventPattern", R"({"source":"test"})"}}, "InvalidEventPatternException"},
      {{{"Name", "r"}, {"EventPattern", R"({"source":[]})"}}, "InvalidEventPatternException"},
      {{{"Name", "r"}, {"ScheduleExpression", "rate(1 minutes)"}}, "ValidationException"},
      {{{"Name", "r"}, {"EventPattern", pattern}, {"State", "on"}}, "ValidationException"},
      {{{"Name", "r"}, {"EventPattern", pattern}, {"RoleArn", "admin"}}, "ValidationException"},
      {{{"Name", "r"}, {"EventPattern", pattern}, {"EventBusName", "other"}},
       "UnsupportedOperationException"},
      {{{"Name", "r"}, {"EventPattern", pattern}, {"Colour", "red"}}, "UnsupportedOperationException"},
      {{{"Name", "r"}, {"EventPattern", pattern}, {"Tags", "x"}}, "ValidationException"}};
  for (const auto& [body, code] : bad) EXPECT_EQ(refusal("PutRule", body), code) << json::serialize(body);
  EXPECT_EQ(answer("ListRules", {{"NamePrefix", "r"}}).at("Rules").as_array().size(), 0U);
  EXPECT_EQ(refusal("CreateEventBus", {{"Name", "x"}}), "UnsupportedOperationException");
  EXPECT_EQ(events("CreateEventBus", {{"Name", "x"}}).status, 501);
}

TEST_F(EventsTest, ARuleWithTargetsIsNotDeleted) {
  make_rule("r", anything, {{"Arn", make_queue("q")}});
  EXPECT_EQ(refusal("DeleteRule", {{"Name", "r"}}), "ValidationException");
  EXPECT_EQ(refusal("RemoveTargets", {{"Rule", "none"}, {"Ids", json::array{"one"}}}),
            "ResourceNotFoundException");
  EXPECT_EQ(answer("RemoveTargets", {{"Rule", "r"}, {"Ids", json::array{"one"}}}).at("FailedEntryCount"), 0);
  answer("DeleteRule", {{"Name", "r"}});
  answer("DeleteRule", {{"Name", "r"}});
  EXPECT_EQ(refusal("DescribeRule", {{"Name", "r"}}), "ResourceNotFoundException");
}

TEST_F(EventsTest, TargetsThatCannotBeAreNamedOneByOne) {
  answer("PutRule", {{"Name", "r"}, {"EventPattern", anything}});
  const json::array targets = {
      {{"Id", "queue"}, {"Arn", queue_arn("later")}},
      {{"Id", "function"}, {"Arn", "arn:aws:lambda:us-west-2:111122223333:function:f"}},
      {{"Id", "topic"}, {"Arn", "arn:aws:sns:us-west-2:111122223333:t"}},
      {{"Id", "elsewhere"}, {"Arn", "arn:aws:sqs:us-east-2:111122223333:q"}},
      {{"Id", "gone"}, {"Arn", "arn:aws:events:us-west-2:111122223333:api-destination/x/1"}},
      {{"Id", "fifo"}, {"Arn", queue_arn("q")}, {"SqsParameters", {{"MessageGroupId", "g"}}}},
      {{"Id", "letters"},
       {"Arn", queue_arn("q")},
       {"DeadLetterConfig", {{"Arn", "arn:aws:sns:us-west-2:111122223333:t"}}}}};
  const json::object put = answer("PutTargets", {{"Rule", "r"}, {"Targets", targets}});
  EXPECT_EQ(put.at("FailedEntryCount"), 5);
  std::string failed;
  for (const json::value& entry : put.at("FailedEntries").as_array())
    failed += std::string(entry.at("TargetId").as_string()) + "=" +
              std::string(entry.at("ErrorCode").as_string()) + " ";
  EXPECT_EQ(
      failed,
      "topic=UnsupportedOperationException elsewhere=ValidationException gone=ResourceNotFoundException "
      "fifo=UnsupportedOperationException letters=ValidationException ");
  const json::object kept = answer("ListTargetsByRule", {{"Rule", "r"}});
  EXPECT_EQ(kept.at("Targets").as_array().size(), 2U);
  EXPECT_EQ(json::serialize(answer("ListRuleNamesByTarget", {{"TargetArn", queue_arn("later")}})),
            R"({"RuleNames":["r"]})");

  const std::vector<json::object> bad = {
      {{"Id", "x"}, {"Arn", "queue"}},
      {{"Id", "x"}, {"Arn", queue_arn("q")}, {"Input", "no json"}},
      {{"Id", "x"}, {"Arn", queue_arn("q")}, {"InputPath", "detail"}},
      {{"Id", "x"}, {"Arn", queue_arn("q")}, {"InputPath", "$.a"}, {"Input", "1"}},
      {{"Id", "x"}, {"Arn", queue_arn("q")}, {"RetryPolicy", {{"MaximumRetryAttempts", 186}}}},
      {{"Id", "x"}, {"Arn", queue_arn("q")}, {"RetryPolicy", {{"MaximumEventAgeInSeconds", 59}}}},
      {{"Arn", queue_arn("q")}}};
  for (const json::object& target : bad) {
    const json::value body = {{"Rule", "r"}, {"Targets", json::array{json::value(target)}}};
    EXPECT_EQ(refusal("PutTargets", body), "ValidationException") << json::serialize(target);
  }
  json::array many;
  for (int i = 0; i < 4; ++i) many.push_back({{"Id", std::to_string(i)}, {"Arn", queue_arn("q")}});
  EXPECT_EQ(refusal("PutTargets", {{"Rule", "r"}, {"Targets", many}}), "LimitExceededException");
  EXPECT_EQ(answer("ListTargetsByRule", {{"Rule", "r"}}).at("Targets").as_array().size(), 2U);
}

TEST_F(EventsTest, ListsComeInPages) {
  for (const char* name : {"a1", "a2", "a3", "b1"})
    answer("PutRule", {{"Name", name}, {"EventPattern", anything}});
  std::string names;
  json::object request = {{"NamePrefix", "a"}, {"Limit", 2}};
  for (int pages = 0; pages < 5; ++pages) {
    const json::object page = answer("ListRules", request);
    for (const json::value& rule : page.at("Rules").as_array())
      names += std::string(rule.at("Name").as_string()) + " ";
    if (!page.contains("NextToken")) break;
    request["NextToken"] = page.at("NextToken");
  }
  EXPECT_EQ(names, "a1 a2 a3 ");
  EXPECT_EQ(refusal("ListRules", {{"Limit", 0}}), "ValidationException");
}

TEST_F(EventsTest, PutEventsAnswersForEachEntry) {
  const auto entry = [](const char* source, const char* detail) {
    return json::value{{"Source", source}, {"DetailType", "t"}, {"Detail", detail}};
  };
  const json::array entries = {entry("test", "{}"), entry("aws.s3", "{}"), entry("test", "[1]"),
                               entry("test", "{"), json::object{{"Source", "test"}, {"Detail", "{}"}}};
  const json::object put = answer("PutEvents", {{"Entries", entries}});
  EXPECT_EQ(put.at("FailedEntryCount"), 4);
  std::string codes;
  for (const json::value& one : put.at("Entries").as_array())
    codes += (one.as_object().contains("EventId") ? std::string("ok")
                                                  : std::string(one.at("ErrorCode").as_string())) +
             " ";
  EXPECT_EQ(codes, "ok NotAuthorizedForSource MalformedDetail MalformedDetail InvalidArgument ");
  EXPECT_EQ(outbox(west()).size(), 1U);
  EXPECT_EQ(refusal("PutEvents", {{"Entries", json::array()}}), "ValidationException");
  EXPECT_EQ(refusal("PutEvents", {{"Entries", json::array(11, entry("test", "{}"))}}), "ValidationException");
  const std::string large = R"({"x":")" + std::string(270'000, 'x') + R"("})";
  EXPECT_EQ(refusal("PutEvents", {{"Entries", json::array{entry("test", large.c_str())}}}),
            "ValidationException");
  EXPECT_EQ(outbox(west()).size(), 1U);
}

TEST_F(EventsTest, APatternIsTried) {
  const std::string event =
      R"({"id":"1","account":"111122223333","source":"test","time":"2026-08-01T00:00:00Z","region":"us-west-2",)"
      R"("resources":[],"detail-type":"t","detail":{"n":5}})";
  const auto result = [&](const std::string& pattern) {
    return answer("TestEventPattern", {{"EventPattern", pattern}, {"Event", event}}).at("Result").as_bool();
  };
  EXPECT_TRUE(result(R"({"source":["test"],"detail":{"n":[{"numeric":[">",4]}]}})"));
  EXPECT_FALSE(result(R"({"detail":{"n":[6]}})"));
  EXPECT_TRUE(result(R"({"detail":{"errorCode":[{"exists":false}]}})"));
  EXPECT_EQ(refusal("TestEventPattern", {{"EventPattern", "[]"}, {"Event", event}}),
            "InvalidEventPatternException");
  EXPECT_EQ(refusal("TestEventPattern", {{"EventPattern", anything}, {"Event", "{}"}}),
            "ValidationException");
}

TEST_F(EventsTest, ConnectionsNeverShowTheirSecret) {
  const std::string arn = make_destination("hook", "https://hook.serve.test/in");
  EXPECT_EQ(
      refusal("CreateConnection",
              {{"Name", "hook"},
               {"AuthorizationType", "API_KEY"},
               {"AuthParameters", {{"ApiKeyAuthParameters", {{"ApiKeyName", "k"}, {"ApiKeyValue", "v"}}}}}}),
      "ResourceAlreadyExistsException");
  std::string shown;
  for (const char* operation : {"DescribeConnection", "ListConnections", "DescribeApiDestination",
                                "ListApiDestinations", "DeleteConnection"}) {
    const bool list = std::string_view(operation).starts_with("List");
    shown += events(operation, list ? json::value(json::object()) : json::value{{"Name", "hook"}}).body;
  }
  EXPECT_NE(shown.find("x-key"), std::string::npos);
  EXPECT_EQ(shown.find("canary"), std::string::npos) << shown;
  EXPECT_EQ(answer("DescribeApiDestination", {{"Name", "hook"}}).at("ApiDestinationState"), "INACTIVE");
  answer("DeleteApiDestination", {{"Name", "hook"}});
  EXPECT_EQ(refusal("DescribeApiDestination", {{"Name", "hook"}}), "ResourceNotFoundException");
  EXPECT_EQ(refusal("DeleteConnection", {{"Name", "hook"}}), "ResourceNotFoundException");
}

TEST_F(EventsTest, ANewConnectionIsToldAsTheServiceModelSays) {
  const json::object made =
      answer("CreateConnection",
             {{"Name", "new"},
              {"AuthorizationType", "API_KEY"},
              {"AuthParameters", {{"ApiKeyAuthParameters", {{"ApiKeyName", "k"}, {"ApiKeyValue", "v"}}}}}});
  EXPECT_FALSE(made.contains("LastAuthorizedTime"));
  EXPECT_TRUE(answer("DescribeConnection", {{"Name", "new"}}).contains("LastAuthorizedTime"));
}

TEST_F(EventsTest, DestinationsAreChecked) {
  const std::string connection(
      answer("DescribeConnection", {{"Name", "s3dr-serve"}}).at("ConnectionArn").as_string());
  const auto attempt = [&](const std::string& url, const std::string& arn, const std::string& method) {
    return refusal(
        "CreateApiDestination",
        {{"Name", "d"}, {"ConnectionArn", arn}, {"InvocationEndpoint", url}, {"HttpMethod", method}});
  };
  EXPECT_EQ(attempt("http://example.com/", connection, "POST"), "ValidationException");
  EXPECT_EQ(attempt("https:///", connection, "POST"), "ValidationException");
  EXPECT_EQ(attempt("https://a b/", connection, "POST"), "ValidationException");
  EXPECT_EQ(attempt("https://example.com/*", connection, "POST"), "UnsupportedOperationException");
  EXPECT_EQ(attempt("https://example.com/", connection, "SHOUT"), "ValidationException");
  EXPECT_EQ(attempt("https://example.com/", connection + "x", "POST"), "ResourceNotFoundException");
  EXPECT_EQ(refusal("CreateConnection",
                    {{"Name", "c"},
                     {"AuthorizationType", "API_KEY"},
                     {"AuthParameters",
                      {{"ApiKeyAuthParameters", {{"ApiKeyName", "k"}, {"ApiKeyValue", "v\r\nx: y"}}}}}}),
            "ValidationException");
}

TEST_F(EventsTest, TheDefaultBusIsThere) {
  EXPECT_EQ(answer("DescribeEventBus", json::object()).at("Arn"),
            "arn:aws:events:us-west-2:111122223333:event-bus/default");
  EXPECT_EQ(answer("ListEventBuses", json::object()).at("EventBuses").as_array().size(), 1U);
  EXPECT_EQ(refusal("DescribeEventBus", {{"Name", "other"}}), "UnsupportedOperationException");
}

}  // namespace
}  // namespace s3dr::services
