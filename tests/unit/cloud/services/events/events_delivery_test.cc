#include "cloud/services/events/events_delivery.h"

#include "unit/cloud/services/events/events_fixture.h"

namespace s3dr::services {
namespace {
namespace json = boost::json;

const std::string anything = R"({"source":["test"]})";

TEST_F(EventsTest, AnEventReachesTheTargetsOfTheRulesThatMatch) {
  work();
  make_rule("yes", anything, {{"Arn", make_queue("q")}});
  make_rule("no", R"({"source":["other"]})", {{"Arn", make_queue("unused")}});
  make_rule("bobs", anything, {{"Arn", make_queue("bobs", cloud::bob)}}, cloud::bob);
  const json::object put = put_event("test", R"({"n":1})");
  ASSERT_EQ(messages("q").size(), 1U);
  const json::value event = messages("q")[0].body;
  EXPECT_EQ(event.at("id"), put.at("Entries").at(0).at("EventId"));
  EXPECT_EQ(event.at("source"), "test");
  EXPECT_EQ(event.at("account"), "111122223333");
  EXPECT_EQ(event.at("region"), "us-west-2");
  EXPECT_EQ(event.at("time"), "2026-08-01T00:00:00Z");
  EXPECT_EQ(event.at("detail").at("n"), 1);
  EXPECT_TRUE(messages("unused").empty());
  EXPECT_TRUE(messages("bobs").empty());
  answer("DisableRule", {{"Name", "yes"}});
  put_event("test");
  EXPECT_EQ(messages("q").size(), 1U);
  answer("EnableRule", {{"Name", "yes"}});
  put_event("test");
  EXPECT_EQ(messages("q").size(), 2U);
  EXPECT_EQ(state().waiting + state().unmatched + state().dropped, 0U);
}

TEST_F(EventsTest, ManagementEventsFlowWhileATrailIsLogging) {
  work();
  make_rule("s3", R"({"source":["aws.s3"],"detail":{"eventName":["CreateBucket"]}})",
            {{"Arn", make_queue("q")}});
  create_bucket(west(), "first");
  test::settle(io);
  ASSERT_EQ(messages("q").size(), 1U);
  EXPECT_EQ(messages("q")[0].body.at("detail").at("requestParameters").at("bucketName"), "first");
  const std::string trails = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";
  EXPECT_EQ(json_call("cloudtrail", trails + "StopLogging", {{"Name", "s3dr-default"}}).status, 200);
  create_bucket(west(), "second");
  put_event("unrelated");
  EXPECT_EQ(messages("q").size(), 1U);
  json_call("cloudtrail", trails + "StartLogging", {{"Name", "s3dr-default"}});
  create_bucket(west(), "third");
  test::settle(io);
  EXPECT_EQ(messages("q").size(), 2U);
}

TEST_F(EventsTest, ServeGetsItsEventsThroughARuleThatComesWithTheInstallation) {
  work();
  const json::object rules = answer("ListRules", json::object());
  EXPECT_EQ(rules.at("Rules").at(0).at("Name"), "s3dr-serve");
  create_bucket(west(), "photos");
  create_bucket(west(), "bobs-photos", cloud::bob);
  test::settle(io);
  ASSERT_EQ(wires.events.size(), 2U);
  EXPECT_EQ(wires.event_hosts[0], "serve.test/events");
  EXPECT_EQ(wires.event_headers.get_or("x-s3dr-event-secret", ""), "event-canary-secret");
  answer("DisableRule", {{"Name", "s3dr-serve"}});
  create_bucket(west(), "others");
  restart();
  EXPECT_EQ(wires.events.size(), 2U);

  answer("RemoveTargets", {{"Rule", "s3dr-serve"}, {"Ids", json::array{"s3dr-serve"}}});
  answer("DeleteRule", {{"Name", "s3dr-serve"}});
  answer("DeleteApiDestination", {{"Name", "s3dr-serve"}});
  answer("DeleteConnection", {{"Name", "s3dr-serve"}});
  restart();
  EXPECT_TRUE(answer("ListRules", json::object()).at("Rules").as_array().empty());
  create_bucket(west(), "more");
  test::settle(io);
  EXPECT_EQ(wires.events.size(), 2U);
  EXPECT_EQ(state().unmatched, 0U);
}

TEST_F(EventsTest, AnOutageLosesNothingNotEvenWithARestart) {
  wires.cut.insert("serve.test");
  work();
  create_bucket(west(), "photos");
  create_bucket(west(), "others");
  pass(milliseconds(5'000));
  EXPECT_EQ(state().waiting, 2U);
  restart();
  pass(milliseconds(60'000), milliseconds(1'000));
  EXPECT_EQ(state().waiting, 2U);
  EXPECT_TRUE(wires.events.empty());
  wires.cut.clear();
  pass(milliseconds(15'000), milliseconds(500));  // an eighth of the outage, at most
  EXPECT_EQ(state().waiting, 0U);
  EXPECT_EQ(wires.events.size(), 2U);
}

TEST_F(EventsTest, WhatWasCommittedBeforeTheWorkBeganIsDelivered) {
  create_bucket(west(), "photos");
  EXPECT_EQ(state().unmatched, 1U);
  restart();
  EXPECT_EQ(wires.events.size(), 1U);
  EXPECT_EQ(state().waiting, 0U);
}

TEST_F(EventsTest, OneDestinationDoesNotWaitForAnother) {
  work();
  without_serve();
  make_rule("away", anything, {{"Arn", make_destination("away", "https://away.serve.test/")}});
  make_rule("there", anything, {{"Arn", make_destination("there", "https://there.serve.test/in?a=b")}});
  wires.cut.insert("away.serve.test");
  for (int i = 0; i < 3; ++i) put_event("test");
  ASSERT_EQ(wires.event_hosts.size(), 3U);
  EXPECT_EQ(wires.event_hosts[0], "there.serve.test/in?a=b");
  EXPECT_EQ(wires.event_headers.get_or("x-key", ""), "key-canary-secret");
  EXPECT_EQ(state().waiting, 3U);
}

TEST_F(EventsTest, ServerErrorsAreTriedAgainClientErrorsAreNot) {
  work();
  without_serve();
  make_queue("letters");
  make_rule("hook", anything,
            {{"Arn", make_destination("hook", "https://hook.serve.test/")},
             {"DeadLetterConfig", {{"Arn", queue_arn("letters")}}}});
  wires.event_status = [](const std::string& body) {
    return body.find("poison") != std::string::npos ? 400 : 503;
  };
  put_event("test", R"({"is":"poison"})");
  ASSERT_EQ(messages("letters").size(), 1U);
  const Message letter = messages("letters")[0];
  EXPECT_EQ(letter.body.at("detail").at("is"), "poison");
  EXPECT_EQ(letter.attributes.at("RULE_ARN"), "arn:aws:events:us-west-2:111122223333:rule/hook");
  EXPECT_EQ(letter.attributes.at("ERROR_CODE"), "SDK_CLIENT_ERROR");
  EXPECT_EQ(letter.attributes.at("ERROR_MESSAGE"), "status 400");
  EXPECT_EQ(letter.attributes.at("RETRY_ATTEMPTS"), "0");
  EXPECT_FALSE(letter.attributes.contains("EXHAUSTED_RETRY_CONDITION"));
  EXPECT_TRUE(std::string(letter.attributes.at("TARGET_ARN").as_string()).find("api-destination/hook/") !=
              std::string::npos);
  put_event("test", R"({"is":"good"})");
  pass(milliseconds(2'000));
  EXPECT_GT(wires.events.size(), 3U);
  EXPECT_EQ(state().waiting, 1U);
  wires.event_status = [](const std::string&) { return 204; };
  pass(milliseconds(1'000));
  EXPECT_EQ(state().waiting, 0U);
  EXPECT_EQ(state().dropped, 0U);
  EXPECT_EQ(messages("letters").size(), 1U);
}

TEST_F(EventsTest, ThePolicyOfTheTargetEndsTheRetries) {
  work();
  without_serve();
  make_queue("letters");
  wires.event_status = [](const std::string&) { return 500; };
  make_rule("hook", anything,
            {{"Arn", make_destination("hook", "https://hook.serve.test/")},
             {"RetryPolicy", {{"MaximumRetryAttempts", 2}}},
             {"DeadLetterConfig", {{"Arn", queue_arn("letters")}}}});
  put_event("test");
  pass(milliseconds(5'000));
  EXPECT_EQ(wires.events.size(), 3U);
  ASSERT_EQ(messages("letters").size(), 1U);
  EXPECT_EQ(messages("letters")[0].attributes.at("EXHAUSTED_RETRY_CONDITION"), "MaximumRetryAttempts");
  EXPECT_EQ(messages("letters")[0].attributes.at("RETRY_ATTEMPTS"), "2");
  make_rule("hook", anything,
            {{"Arn", answer("DescribeApiDestination", {{"Name", "hook"}}).at("ApiDestinationArn")},
             {"RetryPolicy", {{"MaximumEventAgeInSeconds", 60}}}});
  put_event("test");
  pass(milliseconds(75'000), milliseconds(500));
  EXPECT_EQ(state().waiting, 0U);
  EXPECT_EQ(state().dropped, 1U);
  EXPECT_EQ(messages("letters").size(), 1U);
}

TEST_F(EventsTest, ATargetThatIsNotThereIsNotRetried) {
  work();
  make_queue("letters");
  make_rule("function", anything,
            {{"Arn", "arn:aws:lambda:us-west-2:111122223333:function:none"},
             {"DeadLetterConfig", {{"Arn", queue_arn("letters")}}}});
  make_rule("queue", anything, {{"Arn", queue_arn("none")}});
  put_event("test");
  ASSERT_EQ(messages("letters").size(), 1U);
  EXPECT_EQ(messages("letters")[0].attributes.at("ERROR_CODE"), "NO_RESOURCE");
  EXPECT_EQ(state().dropped, 1U);
  EXPECT_EQ(state().waiting, 0U);
}

TEST_F(EventsTest, WhatATransformerBlowsUpIsGivenUp) {
  work();
  without_serve();
  make_queue("letters");
  const json::object blown_up{{"InputPathsMap", {{"t", "$.detail.text"}}},
                              {"InputTemplate", R"({"a": [<t>, <t>, <t>, <t>]})"}};
  for (const std::string& target : {make_queue("q"), make_destination("away", "https://away.serve.test/")}) {
    make_rule(target.substr(target.rfind(':') + 1, 1), anything,
              {{"Arn", target},
               {"InputTransformer", blown_up},
               {"DeadLetterConfig", {{"Arn", queue_arn("letters")}}}});
  }
  put_event("test", json::serialize(json::object{{"text", std::string(100'000, 'x')}}));
  pass(milliseconds(1'000));
  EXPECT_TRUE(messages("q").empty());
  EXPECT_TRUE(wires.events.empty());
  ASSERT_EQ(messages("letters").size(), 2U);
  for (const Message& letter : messages("letters")) {
    EXPECT_EQ(letter.attributes.at("ERROR_CODE"), "INVALID_PARAMETER");
    EXPECT_NE(std::string(letter.attributes.at("ERROR_MESSAGE").as_string()).find("262144"),
              std::string::npos);
    EXPECT_EQ(letter.attributes.at("RETRY_ATTEMPTS"), "0");
  }
  EXPECT_EQ(state().waiting, 0U);
}

TEST_F(EventsTest, AFunctionGetsAnInvocation) {
  run(west().context().database.write([&](cloud::Connection& db) {
    db.prepare(
          "INSERT INTO lambda_function (account, name, configuration, policy) VALUES (?, 'check', '{}', ?)")
        .bind(cloud::alice.id, open_policy())
        .run();
  }));
  work();
  make_rule("r", anything,
            {{"Arn", "arn:aws:lambda:us-west-2:111122223333:function:check"}, {"InputPath", "$.detail"}});
  put_event("test", R"({"bucket":"b"})");
  auto row = west().context().database.reader().prepare("SELECT payload FROM lambda_invocation");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), R"({"bucket":"b"})");
  EXPECT_FALSE(row.step());
}

TEST_F(EventsTest, ADestinationGetsNoMoreThanItsRate) {
  work();
  without_serve();
  make_rule("hook", anything, {{"Arn", make_destination("hook", "https://hook.serve.test/", 1)}});
  for (int i = 0; i < 3; ++i) put_event("test");
  EXPECT_EQ(wires.events.size(), 1U);
  pass(milliseconds(1'000));
  EXPECT_EQ(wires.events.size(), 2U);
  pass(milliseconds(1'000));
  EXPECT_EQ(wires.events.size(), 3U);
}

TEST_F(EventsTest, ADeletedDestinationGivesItsEventsUp) {
  wires.cut.insert("serve.test");
  work();
  create_bucket(west(), "photos");
  test::settle(io);
  EXPECT_EQ(state().waiting, 1U);
  answer("DeleteApiDestination", {{"Name", "s3dr-serve"}});
  pass(milliseconds(2'000));
  EXPECT_EQ(state().waiting, 0U);
  EXPECT_EQ(state().dropped, 1U);
}

TEST_F(EventsTest, TheQueueForDestinationsIsBounded) {
  west().context().options.events_max = 3;
  wires.cut.insert("serve.test");
  work();
  for (const char* bucket : {"one", "two", "three", "four", "five"}) create_bucket(west(), bucket);
  test::settle(io);
  EXPECT_EQ(state().waiting, 3U);
  EXPECT_EQ(state().dropped, 2U);
}

TEST_F(EventsTest, SchedulesFireAndForgetWhatTheyMissed) {
  work();
  answer("PutRule", {{"Name", "tick"}, {"ScheduleExpression", "rate(2 minutes)"}});
  answer("PutTargets", {{"Rule", "tick"}, {"Targets", {{{"Id", "q"}, {"Arn", make_queue("q")}}}}});
  const milliseconds second(1'000);
  pass(milliseconds(119'000), second);
  EXPECT_TRUE(messages("q").empty());
  pass(second, second);
  ASSERT_EQ(messages("q").size(), 1U);
  const json::value tick = messages("q")[0].body;
  EXPECT_EQ(tick.at("detail-type"), "Scheduled Event");
  EXPECT_EQ(tick.at("source"), "aws.events");
  EXPECT_EQ(tick.at("time"), "2026-08-01T00:02:00Z");
  EXPECT_EQ(tick.at("resources").at(0), "arn:aws:events:us-west-2:111122223333:rule/tick");
  pass(milliseconds(120'000), second);
  EXPECT_EQ(messages("q").size(), 2U);

  stop();
  clock.advance(milliseconds(600'000));
  start("us-west-2");
  work();
  EXPECT_EQ(messages("q").size(), 3U);  // one for all that were missed
  pass(milliseconds(120'000), second);
  EXPECT_EQ(messages("q").size(), 4U);

  answer("DisableRule", {{"Name", "tick"}});
  pass(milliseconds(240'000), second);
  EXPECT_EQ(messages("q").size(), 4U);
  answer("EnableRule", {{"Name", "tick"}});
  pass(milliseconds(120'000), second);
  EXPECT_EQ(messages("q").size(), 5U);
  EXPECT_NE(messages("q")[3].body.at("id"), messages("q")[4].body.at("id"));
}

TEST(RetryPause, StaysAnEighthOfTheAgeAndReachesOverADay) {
  const auto random = make_seeded_random(7);
  milliseconds age(0);
  int attempts = 1;
  for (; attempts <= 186 && age < std::chrono::hours(24); ++attempts) {
    const milliseconds pause = retry_pause(age, milliseconds(200), *random);
    EXPECT_GE(pause, milliseconds(100));
    EXPECT_LE(pause, std::max(milliseconds(200), age / 8));
    age += pause;
  }
  EXPECT_LT(attempts, 185);  // the age ends it, not the number
}

}  // namespace
}  // namespace s3dr::services
