// `deploy status` on services that leave facts out: what is not known is not healthy.
#include "deploy/deployment_status.h"

#include <gtest/gtest.h>

#include "deploy/declare/declaration.h"
#include "places_of_a_test.h"
#include "samples.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

// Answers each action of the services with the text that the test gives, whatever it is about.
class ServicesOfATest : public http::HttpTransport {
 public:
  std::map<std::string, std::string> answers;  // "DescribeAlarms" → JSON
  std::map<std::string, int> asked;

  Task<HttpResponse> send(Endpoint, HttpRequest request, http::SendOptions) override {
    const std::string target(request.headers.get_or("X-Amz-Target", ".GetFunction"));
    const std::string action = target.substr(target.rfind('.') + 1);
    ++asked[action];
    HttpResponse response;
    response.status = 200;
    response.body = Body(answers.at(action));
    co_return response;
  }
};

struct DeploymentStatusTest : testing::Test {
  ServicesOfATest transport;
  s3dr::test::ManualClock clock;
  Settings settings = test::one_account();

  DeploymentStatusTest() {
    transport.answers = {
        {"GetFunction", R"({"Configuration":{"State":"Active","LastUpdateStatus":"Successful"}})"},
        {"FilterLogEvents", R"({"events":[]})"},
        {"GetQueueUrl", R"({"QueueUrl":"http://queue"})"},
        {"GetQueueAttributes", R"({"Attributes":{"ApproximateNumberOfMessages":"0"}})"},
        {"ReceiveMessage", R"({"Messages":[]})"},
        {"DescribeTrails", R"({"trailList":[{"Name":"t","HomeRegion":"us-west-2"}]})"},
        {"GetTrailStatus", R"({"IsLogging":true})"},
        {"GetEventSelectors",
         R"({"EventSelectors":[{"IncludeManagementEvents":true,"ReadWriteType":"All"}]})"}};
    set_alarms(declared_alarms());
  }

  // As DescribeAlarms shows them right after `deploy apply`.
  json::array declared_alarms() {
    json::array alarms;
    for (const Resource& resource : declare(settings)) {
      if (resource.kind != Kind::alarm) continue;
      alarms.push_back(json::object{{"AlarmName", resource.name},
                                    {"StateValue", "INSUFFICIENT_DATA"},
                                    {"TreatMissingData", resource.properties.at("missing_data")}});
    }
    return alarms;
  }
  void set_alarms(json::array alarms) {
    transport.answers["DescribeAlarms"] = json::serialize(json::object{{"MetricAlarms", std::move(alarms)}});
  }

  DeploymentStatus status() {
    test::PlacesOfATest clients(transport, clock, settings);
    const Places places = clients.places();
    return s3dr::test::run(read_status(places, settings, clock));
  }
};

TEST_F(DeploymentStatusTest, alarms_that_have_measured_nothing_yet_are_quiet) {
  const DeploymentStatus seen = status();
  EXPECT_TRUE(seen.healthy()) << json::serialize(to_json(seen));
  EXPECT_TRUE(std::ranges::all_of(seen.alarms, [](const AlarmStatus& one) { return one.state != "absent"; }));
}

TEST_F(DeploymentStatusTest, an_alarm_that_should_measure_and_does_not_is_not_quiet) {
  json::array alarms = declared_alarms();
  alarms.front().as_object()["TreatMissingData"] = "missing";
  set_alarms(alarms);
  EXPECT_FALSE(status().healthy());
  alarms.front().as_object()["StateValue"] = "OK";
  set_alarms(alarms);
  EXPECT_TRUE(status().healthy());
  alarms.front().as_object().erase("StateValue");
  set_alarms(alarms);
  EXPECT_FALSE(status().healthy()) << "it says no state at all";
}

TEST_F(DeploymentStatusTest, an_alarm_that_was_deleted_by_hand_is_absent) {
  json::array alarms = declared_alarms();
  const std::string name(alarms.back().at("AlarmName").as_string());
  alarms.pop_back();
  set_alarms(alarms);
  const DeploymentStatus seen = status();
  EXPECT_FALSE(seen.healthy());
  const auto found = std::ranges::find(seen.alarms, "absent", &AlarmStatus::state);
  ASSERT_NE(found, seen.alarms.end());
  EXPECT_EQ(found->name, name);
  settings.alarms = false;
  set_alarms({});
  EXPECT_TRUE(status().healthy()) << "none is expected";
}

TEST_F(DeploymentStatusTest, somebody_elses_alarm_counts_when_it_rings) {
  json::array alarms = declared_alarms();
  alarms.push_back(json::object{{"AlarmName", "s3dr-theirs"}, {"StateValue", "INSUFFICIENT_DATA"}});
  set_alarms(alarms);
  EXPECT_TRUE(status().healthy());
  alarms.back().as_object()["StateValue"] = "ALARM";
  set_alarms(alarms);
  EXPECT_FALSE(status().healthy());
}

TEST_F(DeploymentStatusTest, a_function_without_a_state_is_not_active) {
  transport.answers["GetFunction"] = R"({"Configuration":{}})";
  const DeploymentStatus seen = status();
  EXPECT_FALSE(seen.healthy());
  EXPECT_EQ(seen.functions.front().state, "unknown: Lambda does not say its state");
}

TEST_F(DeploymentStatusTest, a_queue_that_does_not_say_how_many_letters_it_holds_is_not_empty) {
  transport.answers["GetQueueAttributes"] = R"({"Attributes":{}})";
  transport.answers["ReceiveMessage"] =
      R"({"Messages":[{"Body":"{\"TopicArn\":\"arn:topic\"}","MessageAttributes":{"ERROR_CODE":{"StringValue":"E"}}}]})";
  const DeploymentStatus seen = status();
  EXPECT_FALSE(seen.healthy());
  EXPECT_EQ(seen.queues.front().messages, count_unknown);
  EXPECT_TRUE(to_json(seen).at("dead_letters").at(0).at("messages").is_null());
  ASSERT_EQ(seen.queues.front().letters.size(), 1U);
  EXPECT_EQ(seen.queues.front().letters[0].from, "arn:topic");
  EXPECT_EQ(seen.queues.front().letters[0].reason, "E");
}

TEST_F(DeploymentStatusTest, an_endless_log_is_not_read_to_its_end_and_that_is_said) {
  transport.answers["FilterLogEvents"] =
      R"({"events":[{"message":"WARN the same","timestamp":1785500000000}],"nextToken":"more"})";
  const DeploymentStatus seen = status();
  EXPECT_EQ(transport.asked.at("FilterLogEvents"), 3 * 20);
  ASSERT_EQ(seen.functions.front().last_errors.size(), 1U);
  EXPECT_EQ(seen.functions.front().last_errors[0].count, 20U);
  EXPECT_EQ(seen.functions.front().errors_unread,
            "only 20 pages of the day's errors and warnings were read, up to 2026-07-31T12:13:20Z");
}

}  // namespace
}  // namespace s3dr::deploy
