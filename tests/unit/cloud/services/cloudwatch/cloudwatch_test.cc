#include "cloud/services/cloudwatch/cloudwatch_service.h"

#include "cloud/services/cloudwatch/alarm_evaluation.h"
#include "cloud/services/cloudwatch/cloudwatch_protocol.h"
#include "cloud/services/metrics/metric_store.h"
#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using Form = std::map<std::string, std::string>;
using std::chrono::minutes;
using std::chrono::seconds;

class CloudWatchTest : public ServicesTest {
 protected:
  CloudWatchTest() { clock.advance(minutes(10)); }
  ~CloudWatchTest() override { stop(); }

  cloud::Reply call(const std::string& operation, const json::object& body,
                    const cloud::Account& account = cloud::alice) {
    return json_call("monitoring", "GraniteServiceVersion20100801." + operation, body, account);
  }
  json::object ok(const std::string& operation, const json::object& body) {
    const cloud::Reply reply = call(operation, body);
    EXPECT_EQ(reply.status, 200) << operation << " " << reply.body;
    return parsed(reply);
  }
  std::string refusal(const std::string& operation, const json::object& body) {
    const cloud::Reply reply = call(operation, body);
    return std::to_string(reply.status) + " " + reply.header("x-amzn-query-error");
  }
  double epoch(int minutes_ago) const {
    return static_cast<double>((clock.now() - minutes(minutes_ago)).time_since_epoch().count()) / 1000;
  }
  void put(double value, int minutes_ago, const std::string& name = "Depth") {
    ok("PutMetricData",
       {{"Namespace", "mine"},
        {"MetricData", json::array{json::object{
                           {"MetricName", name}, {"Value", value}, {"Timestamp", epoch(minutes_ago)}}}}});
  }
  static json::object alarm(const std::string& name) {
    return {{"AlarmName", name},     {"Namespace", "mine"},
            {"MetricName", "Depth"}, {"Statistic", "Maximum"},
            {"Period", 60},          {"EvaluationPeriods", 1},
            {"Threshold", 0},        {"ComparisonOperator", "GreaterThanThreshold"}};
  }
  static json::object insights(const std::string& expression, int period = 60) {
    return {{"Id", "q"}, {"Expression", expression}, {"Period", period}, {"ReturnData", true}};
  }
  static json::object alarm_on(json::array queries) {
    return {{"AlarmName", "on a query"},    {"Metrics", std::move(queries)},
            {"EvaluationPeriods", 1},       {"Threshold", 0},
            {"TreatMissingData", "ignore"}, {"ComparisonOperator", "GreaterThanThreshold"}};
  }
  std::string state(const std::string& name) {
    const json::object answer = ok("DescribeAlarms", {{"AlarmNames", json::array{name}}});
    return std::string(answer.at("MetricAlarms").at(0).at("StateValue").as_string());
  }
  void pass(milliseconds time) { ServicesTest::pass(time, seconds(10)); }
};

TEST_F(CloudWatchTest, DataIsToldBackInBothProtocols) {
  put(2, 5);
  put(4, 5);
  put(10, 3);
  const json::object wanted{
      {"Namespace", "mine"},    {"MetricName", "Depth"},
      {"StartTime", epoch(10)}, {"EndTime", epoch(0)},
      {"Period", 60},           {"Statistics", json::array{"Average", "Sum", "SampleCount"}}};
  const json::object told = ok("GetMetricStatistics", wanted);
  ASSERT_EQ(told.at("Datapoints").as_array().size(), 2U);
  const json::value& first = told.at("Datapoints").at(0);
  EXPECT_EQ(first.at("Average").as_double(), 3);
  EXPECT_EQ(first.at("Sum").as_double(), 6);
  EXPECT_EQ(first.at("SampleCount").as_double(), 2);
  EXPECT_EQ(first.at("Timestamp").as_double(), epoch(5));
  const cloud::Reply xml = query("monitoring", "GetMetricStatistics",
                                 {{"Namespace", "mine"},
                                  {"MetricName", "Depth"},
                                  {"StartTime", "2026-08-01T00:00:00Z"},
                                  {"EndTime", "2026-08-01T00:10:00Z"},
                                  {"Period", "600"},
                                  {"Statistics.member.1", "Maximum"}});
  EXPECT_EQ(xml.status, 200) << xml.body;
  EXPECT_EQ(xml.element("Maximum"), "10");
  EXPECT_EQ(xml.element("Timestamp"), "2026-08-01T00:00:00.000Z");
  const json::object query_of{
      {"Id", "q"},
      {"MetricStat",
       {{"Metric", {{"Namespace", "mine"}, {"MetricName", "Depth"}}}, {"Period", 60}, {"Stat", "Sum"}}}};
  const json::object data =
      ok("GetMetricData",
         {{"StartTime", epoch(10)}, {"EndTime", epoch(0)}, {"MetricDataQueries", json::array{query_of}}});
  EXPECT_EQ(data.at("MetricDataResults").at(0).at("Values"), (json::array{10.0, 6.0})) << "the latest first";
  EXPECT_EQ(ok("ListMetrics", {{"Namespace", "mine"}}).at("Metrics").as_array().size(), 1U);
  EXPECT_EQ(parsed(call("ListMetrics", json::object(), cloud::bob)).at("Metrics").as_array().size(), 0U);
}

TEST_F(CloudWatchTest, DataAndAlarmsSurviveARestart) {
  put(7, 2);
  ok("PutMetricAlarm", alarm("kept"));
  start("us-west-2");
  EXPECT_EQ(state("kept"), "INSUFFICIENT_DATA");
  EXPECT_EQ(ok("ListMetrics", {}).at("Metrics").as_array().size(), 1U);
}

TEST_F(CloudWatchTest, AnAlarmFollowsItsMetricAndTellsItsTopic) {
  query("sns", "CreateTopic", {{"Name", "ops"}});
  json_call("sqs", "AmazonSQS.CreateQueue", {{"QueueName", "pager"}, {"Attributes", open_queue()}});
  const std::string topic = "arn:aws:sns:us-west-2:111122223333:ops";
  ASSERT_EQ(query("sns", "Subscribe",
                  {{"TopicArn", topic},
                   {"Protocol", "sqs"},
                   {"Endpoint", "arn:aws:sqs:us-west-2:111122223333:pager"}})
                .status,
            200);
  json::object wanted = alarm("depth");
  wanted["AlarmActions"] = json::array{topic};
  ok("PutMetricAlarm", wanted);
  put(0, 1);
  work();
  EXPECT_EQ(state("depth"), "OK");
  put(3, 0);
  pass(minutes(1));
  EXPECT_EQ(state("depth"), "ALARM");
  ok("PutMetricAlarm", wanted);  // again: the state stays
  EXPECT_EQ(state("depth"), "ALARM");
  const json::object received =
      parsed(json_call("sqs", "AmazonSQS.ReceiveMessage",
                       {{"QueueUrl", "http://x/111122223333/pager"}, {"MaxNumberOfMessages", 10}}));
  ASSERT_EQ(received.at("Messages").as_array().size(), 1U) << "one for the one change with an action";
  const json::value envelope = json::parse(received.at("Messages").at(0).at("Body").as_string());
  EXPECT_EQ(envelope.at("Subject").as_string(), "ALARM: \"depth\" in us-west-2");
  const json::value message = json::parse(envelope.at("Message").as_string());
  EXPECT_EQ(message.at("OldStateValue").as_string(), "OK");
  EXPECT_EQ(message.at("Trigger").at("Threshold").to_number<double>(), 0);
  pass(minutes(4));
  EXPECT_EQ(state("depth"), "INSUFFICIENT_DATA");
}

TEST_F(CloudWatchTest, TheDepthOfAQueueRings) {
  json_call("sqs", "AmazonSQS.CreateQueue", {{"QueueName", "dead"}});
  json::object wanted = alarm("dead letters");
  wanted["Namespace"] = "AWS/SQS";
  wanted["MetricName"] = "ApproximateNumberOfMessagesVisible";
  wanted["Dimensions"] = json::array{json::object{{"Name", "QueueName"}, {"Value", "dead"}}};
  wanted["TreatMissingData"] = "notBreaching";
  ok("PutMetricAlarm", wanted);
  work();
  pass(minutes(2));
  EXPECT_EQ(state("dead letters"), "OK");
  json_call("sqs", "AmazonSQS.SendMessage",
            {{"QueueUrl", "http://x/111122223333/dead"}, {"MessageBody", "x"}});
  pass(minutes(2));
  EXPECT_EQ(state("dead letters"), "ALARM");
  json_call("sqs", "AmazonSQS.PurgeQueue", {{"QueueUrl", "http://x/111122223333/dead"}});
  pass(minutes(3));
  EXPECT_EQ(state("dead letters"), "OK");
  const json::object sent = ok("GetMetricStatistics", {{"Namespace", "AWS/SQS"},
                                                       {"MetricName", "NumberOfMessagesSent"},
                                                       {"Dimensions", wanted.at("Dimensions")},
                                                       {"StartTime", epoch(10)},
                                                       {"EndTime", epoch(-1)},
                                                       {"Period", 3600},
                                                       {"Statistics", json::array{"Sum"}}});
  EXPECT_EQ(sent.at("Datapoints").at(0).at("Sum").as_double(), 1);
}

TEST_F(CloudWatchTest, AnAlarmOnAQueryIsToldBackAsGiven) {
  const std::string expression =
      "SELECT SUM(OperationsFailedReplication) FROM SCHEMA(\"AWS/S3\", DestinationBucket, RuleId, "
      "SourceBucket)";
  ok("PutMetricAlarm", alarm_on(json::array{insights(expression, 300)}));
  const json::value told = ok("DescribeAlarms", {}).at("MetricAlarms").at(0);
  EXPECT_EQ(told.at("Metrics"),
            (json::array{json::object{
                {"Id", "q"}, {"Expression", expression}, {"Period", 300}, {"ReturnData", true}}}));
  for (const char* absent : {"MetricName", "Namespace", "Statistic", "Period", "Dimensions"})
    EXPECT_FALSE(told.as_object().contains(absent)) << absent;
  // What is told declares the same again, in the other protocol too.
  const cloud::Reply again = query("monitoring", "PutMetricAlarm",
                                   {{"AlarmName", "on a query"},
                                    {"EvaluationPeriods", "1"},
                                    {"Threshold", "0"},
                                    {"ComparisonOperator", "GreaterThanThreshold"},
                                    {"TreatMissingData", "ignore"},
                                    {"Metrics.member.1.Id", "q"},
                                    {"Metrics.member.1.Expression", expression},
                                    {"Metrics.member.1.Period", "300"},
                                    {"Metrics.member.1.ReturnData", "true"}});
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(ok("DescribeAlarms", {}).at("MetricAlarms").at(0).at("Metrics"), told.at("Metrics"));
  const cloud::Reply xml = query("monitoring", "DescribeAlarms", {});
  EXPECT_EQ(xml.element("Expression"),
            "SELECT SUM(OperationsFailedReplication) FROM SCHEMA(&quot;AWS/S3&quot;, "
            "DestinationBucket, RuleId, SourceBucket)");
  EXPECT_EQ(xml.element("ReturnData"), "true");
}

TEST_F(CloudWatchTest, AnAlarmOnAQueryFollowsAllMetricsThatFit) {
  const auto put_for = [&](const std::string& bucket, double value, json::array more = {}) {
    more.push_back(json::object{{"Name", "Bucket"}, {"Value", bucket}});
    ok("PutMetricData",
       {{"Namespace", "mine"},
        {"MetricData", json::array{json::object{
                           {"MetricName", "Failed"}, {"Value", value}, {"Dimensions", std::move(more)}}}}});
  };
  ok("PutMetricAlarm", alarm_on(json::array{insights("SELECT SUM(Failed) FROM SCHEMA(\"mine\", Bucket)")}));
  work();
  pass(minutes(5));
  EXPECT_EQ(state("on a query"), "INSUFFICIENT_DATA") << "nothing was ever measured";
  put_for("a", 0);
  put_for("b", 9, json::array{json::object{{"Name", "Rule"}, {"Value", "x"}}});
  pass(minutes(2));
  EXPECT_EQ(state("on a query"), "OK") << "the 9 has another schema";
  put_for("a", 0);
  put_for("b", 2);
  pass(minutes(2));
  EXPECT_EQ(state("on a query"), "ALARM");
  const std::string why(ok("DescribeAlarms", {}).at("MetricAlarms").at(0).at("StateReason").as_string());
  EXPECT_NE(why.find("Sum GreaterThanThreshold 0, the last value is 2"), std::string::npos) << why;
  pass(minutes(30));
  EXPECT_EQ(state("on a query"), "ALARM") << "no data, and missing data is to be ignored";
  stop();
  start("us-west-2");
  EXPECT_EQ(state("on a query"), "ALARM") << "a restart forgets nothing";
  put_for("b", 0);
  work();
  pass(minutes(2));
  EXPECT_EQ(state("on a query"), "OK");
  const json::object data =
      ok("GetMetricData",
         {{"StartTime", epoch(60)},
          {"EndTime", epoch(0)},
          {"MetricDataQueries", json::array{insights("SELECT SUM(Failed) FROM \"mine\"", 3600)}}});
  EXPECT_EQ(data.at("MetricDataResults").at(0).at("Values"), (json::array{11.0})) << "every schema";
}

TEST_F(CloudWatchTest, TheWindowMovesOnEveryMinute) {
  json::object wanted = alarm("wide");
  wanted["Period"] = 300;
  wanted["Statistic"] = "Sum";
  wanted["TreatMissingData"] = "notBreaching";
  ok("PutMetricAlarm", wanted);
  work();
  put(1, 0);
  pass(seconds(70));
  EXPECT_EQ(state("wide"), "ALARM") << "no need to wait for five minutes by the clock";
}

TEST_F(CloudWatchTest, QueriesThatAreNotHereAreRefused) {
  const auto with = [&](json::array queries) {
    return refusal("PutMetricAlarm", alarm_on(std::move(queries)));
  };
  const json::object fine = insights("SELECT SUM(x) FROM \"mine\"");
  const json::object stat{
      {"Id", "m"},
      {"MetricStat",
       {{"Metric", {{"Namespace", "mine"}, {"MetricName", "Depth"}}}, {"Period", 60}, {"Stat", "Sum"}}}};
  const auto changed = [](json::object of, const char* name, const json::value& value) {
    of[name] = value;
    return json::array{std::move(of)};
  };
  EXPECT_EQ(with({fine, stat}), "501 NotImplemented;Receiver") << "metric math";
  EXPECT_EQ(with({insights("m1 * 2")}), "501 NotImplemented;Receiver");
  EXPECT_EQ(with({insights("SELECT SUM(x) FROM \"mine\" GROUP BY y")}), "501 NotImplemented;Receiver");
  EXPECT_EQ(with({insights("SELECT nonsense")}), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(with(changed(fine, "AccountId", "444455556666")), "501 NotImplemented;Receiver");
  EXPECT_EQ(with(changed(fine, "Period", 30)), "501 NotImplemented;Receiver");
  EXPECT_EQ(with(changed(fine, "Period", nullptr)), "400 MissingParameter;Sender");
  EXPECT_EQ(with(changed(fine, "Id", "Q")), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(with(changed(fine, "ReturnData", false)), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(with(changed(fine, "MetricStat", stat.at("MetricStat"))), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(with({json::object{{"Id", "q"}}}), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(with({7}), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(ok("DescribeAlarms", {}).at("MetricAlarms").as_array().size(), 0U);
  ok("PutMetricAlarm", alarm_on(json::array{stat}));
  EXPECT_EQ(ok("DescribeAlarms", {}).at("MetricAlarms").at(0).at_pointer("/Metrics/0/MetricStat/Stat"),
            json::value("Sum"));
}

TEST_F(CloudWatchTest, AlarmsAreListedTaggedAndDeletedInTheQueryProtocolToo) {
  const auto put_alarm = [&](const std::string& name) {
    return query("monitoring", "PutMetricAlarm",
                 {{"AlarmName", name},
                  {"Namespace", "mine"},
                  {"MetricName", "Depth"},
                  {"Statistic", "Sum"},
                  {"Period", "300"},
                  {"EvaluationPeriods", "2"},
                  {"Threshold", "1.5"},
                  {"ComparisonOperator", "LessThanThreshold"},
                  {"ActionsEnabled", "false"},
                  {"Dimensions.member.1.Name", "QueueName"},
                  {"Dimensions.member.1.Value", "a&b"},
                  {"Tags.member.1.Key", "owner"},
                  {"Tags.member.1.Value", "dr"}});
  };
  for (const char* name : {"p-1", "p-2", "q-1"})
    ASSERT_EQ(put_alarm(name).status, 200) << put_alarm(name).body;
  const cloud::Reply page =
      query("monitoring", "DescribeAlarms", {{"AlarmNamePrefix", "p-"}, {"MaxRecords", "1"}});
  EXPECT_EQ(page.element("AlarmName"), "p-1");
  EXPECT_EQ(page.element("Threshold"), "1.5");
  EXPECT_EQ(page.element("ActionsEnabled"), "false");
  EXPECT_EQ(page.element("Value"), "a&amp;b");
  EXPECT_EQ(page.element("DatapointsToAlarm"), "2");
  const cloud::Reply next = query("monitoring", "DescribeAlarms",
                                  {{"AlarmNamePrefix", "p-"}, {"NextToken", page.element("NextToken")}});
  EXPECT_EQ(next.element("AlarmName"), "p-2");
  EXPECT_EQ(next.element("NextToken"), "");
  const std::string arn = page.element("AlarmArn");
  EXPECT_EQ(query("monitoring", "TagResource",
                  {{"ResourceARN", arn}, {"Tags.member.1.Key", "b"}, {"Tags.member.1.Value", "c"}})
                .status,
            200);
  EXPECT_EQ(
      query("monitoring", "UntagResource", {{"ResourceARN", arn}, {"TagKeys.member.1", "owner"}}).status,
      200);
  EXPECT_EQ(ok("ListTagsForResource", {{"ResourceARN", arn}}).at("Tags"),
            (json::array{json::object{{"Key", "b"}, {"Value", "c"}}}));
  EXPECT_EQ(
      query("monitoring", "DeleteAlarms", {{"AlarmNames.member.1", "p-1"}, {"AlarmNames.member.2", "nobody"}})
          .status,
      200);
  EXPECT_EQ(refusal("ListTagsForResource", {{"ResourceARN", arn}}), "404 ResourceNotFoundException;Sender");
  EXPECT_EQ(ok("DescribeAlarms", {}).at("MetricAlarms").as_array().size(), 2U);
  EXPECT_EQ(parsed(call("DescribeAlarms", json::object(), cloud::bob)).at("MetricAlarms").as_array().size(),
            0U);
}

TEST_F(CloudWatchTest, WhatIsWrongIsRefused) {
  const auto changed = [&](const char* name, json::value value) {
    json::object wanted = alarm("x");
    wanted[name] = std::move(value);
    return refusal("PutMetricAlarm", wanted);
  };
  EXPECT_EQ(changed("Period", 61), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(changed("Period", "soon"), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(changed("Period", 30), "501 NotImplemented;Receiver");
  EXPECT_EQ(changed("Period", nullptr), "400 MissingParameter;Sender");
  EXPECT_EQ(changed("Statistic", "p99"), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(changed("DatapointsToAlarm", 2), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(changed("ComparisonOperator", "Equal"), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(changed("TreatMissingData", "Breaching"), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(changed("Metrics", json::array{insights("SELECT SUM(x) FROM \"mine\"")}),
            "400 InvalidParameterCombination;Sender");
  EXPECT_EQ(changed("AlarmActions", json::array{"arn:aws:lambda:us-west-2:111122223333:function:f"}),
            "501 NotImplemented;Receiver");
  EXPECT_EQ(changed("Dimensions", json::array{7}), "400 InvalidParameterValue;Sender");
  const auto datum = [&](json::object fields, const std::string& name_space = "mine") {
    fields["MetricName"] = "m";
    return refusal("PutMetricData", {{"Namespace", name_space}, {"MetricData", json::array{fields}}});
  };
  EXPECT_EQ(datum({{"Value", 1}}, "AWS/SQS"), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(datum({{"Value", "x"}}), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(datum({}), "400 MissingParameter;Sender");
  EXPECT_EQ(datum({{"Value", 1}, {"StorageResolution", 1}}), "501 NotImplemented;Receiver");
  EXPECT_EQ(datum({{"Value", 1}, {"Timestamp", 5}}), "400 InvalidParameterValue;Sender");
  EXPECT_EQ(datum({{"Values", json::array{1, 2}}, {"Counts", json::array{1}}}),
            "400 InvalidParameterValue;Sender");
  EXPECT_EQ(query("monitoring", "PutDashboard", {}).status, 501);
  EXPECT_EQ(query("monitoring", "DescribeAlarms", {{"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", "x"}}).code(),
            "MalformedInput");
  EXPECT_EQ(ok("DescribeAlarms", {}).at("MetricAlarms").as_array().size(), 0U);
}

// X: breaches, o: does not, -: no data. The letters after it are the states for missing, ignore, breaching
// and notBreaching: O, A, I, and K for "as it was".
TEST(Alarms, FollowTheTablesOfAws) {
  struct Row {
    const char* points;
    int needed;
    const char* states;
  };
  const Row rows[] = {{"o-X-X", 3, "OOOO"}, {"----o", 3, "OOOO"}, {"-----", 3, "IKAO"}, {"oXX-X", 3, "AAAA"},
                      {"--X--", 3, "AKAO"}, {"o-X-X", 2, "AAAA"}, {"ooXoX", 2, "AAAA"}, {"o-X--", 2, "OOAO"},
                      {"----o", 2, "OOAO"}, {"----X", 2, "AKAO"}, {"XX--o", 2, "AAAA"}};
  const MissingData all[] = {MissingData::missing, MissingData::ignore, MissingData::breaching,
                             MissingData::not_breaching};
  for (const Row& row : rows) {
    std::vector<std::optional<bool>> points;
    for (const char c : std::string(row.points))
      points.push_back(c == '-' ? std::nullopt : std::optional(c == 'X'));
    std::string seen;
    for (const MissingData missing : all) {
      const auto state = evaluate_alarm(points, 3, row.needed, missing);
      seen += !state ? 'K' : *state == AlarmState::alarm ? 'A' : *state == AlarmState::ok ? 'O' : 'I';
    }
    EXPECT_EQ(seen, row.states) << row.points << " " << row.needed << " of 3";
  }
}

TEST(CloudWatchAnswers, BecomeElementsAndMembers) {
  EXPECT_EQ(
      json_as_xml({{"L", json::array{json::object{{"a", 1.5}}, json::object{{"a", "<"}}}}, {"f", true}}),
      "<L><member><a>1.5</a></member><member><a>&lt;</a></member></L><f>true</f>");
}

}  // namespace
}  // namespace s3dr::services
