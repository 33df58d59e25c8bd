// CloudWatch Logs: groups, streams, events, filters, retention.
#include "cloud/services/logs/logs_service.h"

#include "cloud/services/logs/log_filter.h"
#include "cloud/services/logs/logs_store.h"
#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;
using cloud::Reply;

class LogsTest : public ServicesTest {
 protected:
  Reply logs(const std::string& operation, const json::value& body) {
    return json_call("logs", "Logs_20140328." + operation, body);
  }
  json::object ok(const std::string& operation, const json::value& body) {
    const Reply reply = logs(operation, body);
    EXPECT_EQ(reply.status, 200) << operation << reply.body;
    return parsed(reply);
  }
  std::string refusal(const std::string& operation, const json::value& body) {
    const Reply reply = logs(operation, body);
    EXPECT_GE(reply.status, 400) << operation;
    return std::string(parsed(reply).at("__type").as_string());
  }
  static json::value at(const json::object& object, std::string_view pointer) {
    return json::value(object).at_pointer(pointer);
  }
  std::int64_t now() { return clock.now().time_since_epoch().count(); }
  json::object event(std::int64_t time, const std::string& message) {
    return {{"timestamp", time}, {"message", message}};
  }
  json::object put(json::array events, const std::string& stream = "s") {
    return ok("PutLogEvents",
              {{"logGroupName", "g"}, {"logStreamName", stream}, {"logEvents", std::move(events)}});
  }
  void make_group() {
    ok("CreateLogGroup", {{"logGroupName", "g"}});
    for (const char* name : {"s", "t"})
      ok("CreateLogStream", {{"logGroupName", "g"}, {"logStreamName", name}});
  }
  static std::vector<std::string> texts(const json::object& answer) {
    std::vector<std::string> result;
    for (const json::value& one : answer.at("events").as_array())
      result.emplace_back(one.as_object().at("message").as_string());
    return result;
  }
};

using Texts = std::vector<std::string>;

TEST_F(LogsTest, GroupsAndStreams) {
  make_group();
  EXPECT_EQ(refusal("CreateLogGroup", {{"logGroupName", "g"}}), "ResourceAlreadyExistsException");
  EXPECT_EQ(refusal("CreateLogGroup", {{"logGroupName", "a b"}}), "InvalidParameterException");
  EXPECT_EQ(refusal("CreateLogGroup", {{"logGroupName", "x"}, {"kmsKeyId", "k"}}),
            "UnsupportedOperationException");
  EXPECT_EQ(refusal("CreateLogStream", {{"logGroupName", "absent"}, {"logStreamName", "s"}}),
            "ResourceNotFoundException");
  EXPECT_EQ(refusal("CreateLogStream", {{"logGroupName", "g"}, {"logStreamName", "s"}}),
            "ResourceAlreadyExistsException");
  EXPECT_EQ(refusal("StartQuery", {{"logGroupName", "g"}}), "UnsupportedOperationException");
  ok("CreateLogGroup", {{"logGroupName", "/aws/lambda/f"}, {"tags", {{"app", "dr"}}}});
  ok("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 30}});
  EXPECT_EQ(refusal("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 2}}),
            "InvalidParameterException");
  const json::object groups = ok("DescribeLogGroups", {{"logGroupNamePrefix", "g"}});
  ASSERT_EQ(groups.at("logGroups").as_array().size(), 1U);
  EXPECT_EQ(at(groups, "/logGroups/0/retentionInDays"), 30);
  EXPECT_EQ(at(groups, "/logGroups/0/arn"), "arn:aws:logs:us-west-2:111122223333:log-group:g:*");
  const json::object page = ok("DescribeLogGroups", {{"limit", 1}});
  EXPECT_EQ(at(page, "/logGroups/0/logGroupName"), "/aws/lambda/f");
  EXPECT_EQ(at(ok("DescribeLogGroups", {{"nextToken", page.at("nextToken")}}), "/logGroups/0/logGroupName"),
            "g");
  const std::string arn = "arn:aws:logs:us-west-2:111122223333:log-group:/aws/lambda/f";
  ok("TagResource", {{"resourceArn", arn}, {"tags", {{"b", "1"}}}});
  EXPECT_EQ(ok("ListTagsForResource", {{"resourceArn", arn + ":*"}}).at("tags"),
            (json::object{{"app", "dr"}, {"b", "1"}}));
  ok("DeleteLogGroup", {{"logGroupName", "g"}});
  EXPECT_EQ(refusal("DescribeLogStreams", {{"logGroupName", "g"}}), "ResourceNotFoundException");
}

TEST_F(LogsTest, EventsAreReadBothWaysAndByPage) {
  make_group();
  put({event(now() - 3, "one"), event(now() - 2, "two"), event(now() - 1, "three")});
  const json::object last = ok("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}, {"limit", 2}});
  EXPECT_EQ(texts(last), (Texts{"two", "three"}));
  EXPECT_EQ(
      texts(ok("GetLogEvents",
               {{"logGroupName", "g"}, {"logStreamName", "s"}, {"nextToken", last.at("nextBackwardToken")}})),
      Texts{"one"});
  const json::object first = ok(
      "GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}, {"limit", 2}, {"startFromHead", true}});
  EXPECT_EQ(texts(first), (Texts{"one", "two"}));
  const json::object rest_of =
      ok("GetLogEvents",
         {{"logGroupName", "g"}, {"logStreamName", "s"}, {"nextToken", first.at("nextForwardToken")}});
  EXPECT_EQ(texts(rest_of), Texts{"three"});
  const json::object end =
      ok("GetLogEvents",
         {{"logGroupName", "g"}, {"logStreamName", "s"}, {"nextToken", rest_of.at("nextForwardToken")}});
  EXPECT_TRUE(texts(end).empty());
  EXPECT_EQ(end.at("nextForwardToken"), rest_of.at("nextForwardToken"));
  for (const char* token : {"x", "f/1", "f//", "f/a/1", "g/1/1", "f/99999999999999999999/1"})
    EXPECT_EQ(refusal("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}, {"nextToken", token}}),
              "InvalidParameterException")
        << token;
}

TEST_F(LogsTest, PutRefusesAndRejects) {
  make_group();
  const auto with = [](json::array events) {
    return json::object{{"logGroupName", "g"}, {"logStreamName", "s"}, {"logEvents", std::move(events)}};
  };
  EXPECT_EQ(refusal("PutLogEvents", with({event(now(), "b"), event(now() - 1, "a")})),
            "InvalidParameterException");
  EXPECT_EQ(refusal("PutLogEvents", with({})), "InvalidParameterException");
  EXPECT_EQ(refusal("PutLogEvents", with({event(now() - 100'000'000, "a"), event(now(), "a")})),
            "InvalidParameterException");
  EXPECT_EQ(refusal("PutLogEvents", with({event(now(), std::string(1 << 20, 'x'))})),
            "InvalidParameterException");
  const std::int64_t day = 24LL * 3600 * 1000;
  EXPECT_EQ(at(put({event(now() - 15 * day, "old")}), "/rejectedLogEventsInfo/tooOldLogEventEndIndex"), 1);
  EXPECT_EQ(at(put({event(now(), "good"), event(now() + day / 2, "early")}),
               "/rejectedLogEventsInfo/tooNewLogEventStartIndex"),
            1);
  EXPECT_EQ(texts(ok("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}})), Texts{"good"});
}

TEST_F(LogsTest, FilterGoesOverTheStreamsByTime) {
  make_group();
  put({event(now() - 4, "ERROR disk full"), event(now() - 2, "fine")});
  put({event(now() - 3, "ERROR net"), event(now() - 1, "error small")}, "t");
  const auto filter = [this](json::object more) {
    more["logGroupName"] = "g";
    return texts(ok("FilterLogEvents", more));
  };
  EXPECT_EQ(filter({}), (Texts{"ERROR disk full", "ERROR net", "fine", "error small"}));
  EXPECT_EQ(filter({{"filterPattern", "ERROR"}}), (Texts{"ERROR disk full", "ERROR net"}));
  EXPECT_EQ(filter({{"filterPattern", "ERROR -net"}}), (Texts{"ERROR disk full"}));
  EXPECT_EQ(filter({{"filterPattern", "\"disk full\""}}), (Texts{"ERROR disk full"}));
  EXPECT_EQ(filter({{"filterPattern", "?fine ?net"}}), (Texts{"ERROR net", "fine"}));
  EXPECT_EQ(filter({{"logStreamNames", json::array{"t"}}}), (Texts{"ERROR net", "error small"}));
  EXPECT_EQ(filter({{"logStreamNamePrefix", "s"}}), (Texts{"ERROR disk full", "fine"}));
  EXPECT_EQ(filter({{"startTime", now() - 3}, {"endTime", now() - 1}}), (Texts{"ERROR net", "fine"}));
  const json::object page = ok("FilterLogEvents", {{"logGroupName", "g"}, {"limit", 3}});
  EXPECT_EQ(texts(page).size(), 3U);
  EXPECT_EQ(filter({{"nextToken", page.at("nextToken")}}), Texts{"error small"});
  EXPECT_EQ(ok("FilterLogEvents", {{"logGroupName", "g"}, {"limit", 4}}).if_contains("nextToken"), nullptr);
  for (const char* pattern : {"{ $.level = \"ERROR\" }", "[a, b]", "%regex%", "a*"})
    EXPECT_EQ(refusal("FilterLogEvents", {{"logGroupName", "g"}, {"filterPattern", pattern}}),
              "UnsupportedOperationException")
        << pattern;
  EXPECT_EQ(refusal("FilterLogEvents", {{"logGroupName", "g"}, {"filterPattern", "\"x"}}),
            "InvalidParameterException");
}

TEST_F(LogsTest, RetentionRemoves) {
  make_group();
  const std::int64_t day = 24LL * 3600 * 1000;
  put({event(now() - 2 * day, "old")});
  put({event(now(), "new")});
  ok("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 1}});
  EXPECT_EQ(texts(ok("FilterLogEvents", {{"logGroupName", "g"}})), Texts{"new"});
  EXPECT_EQ(at(put({event(now() - 2 * day, "late")}), "/rejectedLogEventsInfo/expiredLogEventEndIndex"), 1);
  test::Outcome background;
  test::start(io, west().run(), background);
  test::settle(io);
  clock.advance(std::chrono::hours(23));
  test::settle(io);
  EXPECT_EQ(texts(ok("FilterLogEvents", {{"logGroupName", "g"}})), Texts{"new"});
  clock.advance(std::chrono::hours(2));
  test::settle(io);
  EXPECT_TRUE(texts(ok("FilterLogEvents", {{"logGroupName", "g"}})).empty());
  background.cancel();
  test::settle(io);
  EXPECT_TRUE(background.ended);
}

TEST_F(LogsTest, TagsAreThoseOfEveryService) {
  const json::object reserved{{"aws:x", "1"}};
  EXPECT_EQ(refusal("CreateLogGroup", {{"logGroupName", "g"}, {"tags", reserved}}),
            "InvalidParameterException");
  make_group();
  EXPECT_EQ(refusal("TagLogGroup", {{"logGroupName", "g"}, {"tags", reserved}}), "InvalidParameterException");
}

TEST_F(LogsTest, WhatWaitsIsBoundedInBytes) {
  LogWriter writer(west().context());
  const LogDestination to{cloud::alice.id, "/aws/lambda/f", "s"};
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) writer.append(to, clock.now(), std::to_string(i) + large);
  run(writer.flush());
  auto row = west().context().database.reader().prepare(
      "SELECT SUM(LENGTH(message)), COUNT(*), MAX(substr(message, 1, 2)) FROM log_event");
  ASSERT_TRUE(row.step());
  EXPECT_LE(row.integer(0), 16 << 20);
  EXPECT_EQ(row.integer(1), 15);
  EXPECT_EQ(row.text(2), "39") << "the newest are kept";
  writer.append(to, clock.now(), "after");
  run(writer.flush());
  EXPECT_EQ(ok("FilterLogEvents", {{"logGroupName", "/aws/lambda/f"}, {"filterPattern", "after"}})
                .at("events")
                .as_array()
                .size(),
            1U);
}

TEST_F(LogsTest, LinesOfServicesMakeTheirGroupAndStream) {
  LogWriter writer(west().context());
  const LogDestination to{cloud::alice.id, "/aws/lambda/f", "2026/08/01/[$LATEST]x"};
  writer.append(to, clock.now(), "first\n");
  writer.append({cloud::alice.id, "/aws/lambda/f", "other"}, clock.now(), "second\n");
  writer.append(to, clock.now(), "third\n");
  run(writer.flush());
  EXPECT_EQ(texts(ok("GetLogEvents", {{"logGroupName", "/aws/lambda/f"}, {"logStreamName", to.stream}})),
            (Texts{"first\n", "third\n"}));
  const json::object streams =
      ok("DescribeLogStreams",
         {{"logGroupName", "/aws/lambda/f"}, {"orderBy", "LastEventTime"}, {"descending", true}});
  EXPECT_EQ(streams.at("logStreams").as_array().size(), 2U);
}

// Its function still runs. The role of a function need not be allowed to make a group.
TEST_F(LogsTest, AGroupThatIsDeletedMeanwhileStaysAway) {
  LogWriter writer(west().context());
  writer.append({cloud::alice.id, "/aws/lambda/gone", "other", false}, clock.now(), "late\n");
  writer.append({cloud::alice.id, "/aws/lambda/f", "other"}, clock.now(), "kept\n");
  run(writer.flush());
  const json::array groups = ok("DescribeLogGroups", json::object()).at("logGroups").as_array();
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups.at(0).at("logGroupName"), "/aws/lambda/f");
}

}  // namespace
}  // namespace s3dr::services
