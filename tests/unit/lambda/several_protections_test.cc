// A function that works for several protections: what it learns of them, what an event means, and whom it reaches.
#include <gmock/gmock.h>

#include "dr/messages/heartbeat.h"
#include "functions/job_walk.h"
#include "handling_fixture.h"
#include "lambda/environment.h"
#include "lambda/wiring.h"
#include "support/scripted_transport.h"

namespace s3dr::lambda {
namespace {

using dr::Function;
using testing::ElementsAre;
using testing::HasSubstr;
using Variables = std::map<std::string, std::string, std::less<>>;

constexpr const char* list = R"({
  "destinations": [
    {"account": "111122223333", "region": "us-east-2", "topic": "arn:aws:sns:us-east-2:111122223333:destination"},
    {"account": "444455556666", "region": "us-east-1", "topic": "arn:aws:sns:us-east-1:444455556666:destination",
     "role": "arn:aws:iam::444455556666:role/remote", "control_bucket": "their-records"}],
  "protections": [
    {"name": "near", "to": 0, "tags": {"dr": "true"}},
    {"name": "gold", "to": 0, "tags": {"dr": "gold"}, "rule": {"delete_markers": false}},
    {"name": "vault", "to": 1, "tags": {"vault": "yes"}, "replica_name": "{bucket}-vault"}]})";

Variables several(const std::string& function, const std::string& text = list) {
  Variables variables = complete_environment(function);
  for (const char* name : {"S3DR_MATCH_TAGS", "S3DR_DESTINATION_TOPIC"}) variables.erase(name);
  if (function != "destination_bucket_check") {
    variables.erase("S3DR_DESTINATION_REGION");
    variables.erase("S3DR_DESTINATION_ACCOUNT");
  }
  variables["S3DR_PROTECTIONS"] = text;
  return variables;
}

Settings read(const Variables& variables) {
  return read_settings([&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string refusal(const Variables& variables) {
  try {
    read(variables);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(ProtectionList, AFunctionAtTheSourceWorksForAll) {
  const Settings settings = read(several("source_bucket_check"));
  ASSERT_EQ(dr::names_of(settings.protections), "near, gold, vault");
  ASSERT_EQ(settings.destinations.size(), 2U);
  EXPECT_EQ(settings.destinations[1].topic, "arn:aws:sns:us-east-1:444455556666:destination");
  EXPECT_EQ(settings.destinations[1].remote_role, "arn:aws:iam::444455556666:role/remote");
  const dr::Policy &near = settings.protections[0], &gold = settings.protections[1],
                   &vault = settings.protections[2];
  EXPECT_EQ(near.control_bucket.text(), "s3dr-control-111122223333-us-east-2");
  EXPECT_EQ(vault.control_bucket.text(), "their-records");
  EXPECT_EQ(vault.destination_region.text(), "us-east-1");
  EXPECT_EQ(vault.replica_name_template, "{bucket}-vault");
  EXPECT_TRUE(near.rule.delete_markers);
  EXPECT_FALSE(gold.rule.delete_markers);
  EXPECT_EQ(near.others.size(), 2U);
  EXPECT_TRUE(gold.others.front().comes_first);
}

TEST(ProtectionList, AFunctionAtADestinationWorksForThoseThatLeadThere) {
  Variables variables = several("destination_bucket_check");
  EXPECT_EQ(dr::names_of(read(variables).protections), "near, gold");
  EXPECT_EQ(read(variables).protections.front().others.size(), 2U) << "it knows the others";
  variables["S3DR_DESTINATION_REGION"] = "us-east-1";
  variables["S3DR_DESTINATION_ACCOUNT"] = "444455556666";
  variables["S3DR_REMOTE_ROLE"] = "arn:aws:iam::111122223333:role/remote";
  const Settings there = read(variables);
  EXPECT_EQ(dr::names_of(there.protections), "vault");
  ASSERT_EQ(there.destinations.size(), 1U);
  EXPECT_EQ(there.destinations[0].remote_role, "arn:aws:iam::111122223333:role/remote");
  variables["S3DR_DESTINATION_REGION"] = "us-east-3";
  EXPECT_THAT(refusal(variables), HasSubstr("none leads to 444455556666/us-east-3"));
}

TEST(ProtectionList, WhatIsWrongIsSaidAllAtOnce) {
  std::string text = replaced(list, "\"region\": \"us-east-1\"", "\"region\": \"US East\"");
  text = replaced(text, "{\"dr\": \"gold\"}", "{}");
  text = replaced(text, "\"name\": \"near\"", "\"nam\": \"near\"");
  Variables variables = several("source_bucket_check", text);
  variables.erase("S3DR_SOURCE_REGION");
  const std::string why = refusal(variables);
  for (const char* part :
       {"S3DR_SOURCE_REGION: missing", "S3DR_PROTECTIONS: destinations[1]: field region",
        "S3DR_PROTECTIONS: protections[0]: field name is missing", "S3DR_PROTECTIONS: empty, no bucket"})
    EXPECT_THAT(why, HasSubstr(part));
}

struct Malformed {
  const char* what;
  const char* with;
  const char* said;
};

TEST(ProtectionList, AMalformedPartIsNamedWithTheReason) {
  const Malformed table[] = {
      {"{\n", "", "not JSON"},
      {"\"to\": 1", "\"to\": 2", "there is no destination 2"},
      {"\"to\": 1", "\"to\": -1", "field to is out of range"},
      {"{\"vault\": \"yes\"}", "[]", "not a JSON object"},
      {"\"delete_markers\": false", "\"delete_markers\": 0", "delete_markers"},
      {"\"delete_markers\": false", "\"more\": false", "more"},
      {"\"rule\": {\"delete_markers\": false}", "\"replica_namespace\": \"mine\"", "replica_namespace"},
      {"\"rule\": {\"delete_markers\": false}", "\"more\": false", "unknown field more"},
      {"\"name\": \"gold\"", "\"name\": \"near\"", "two protections are called \"near\""},
      {"\"topic\": \"arn:aws:sns:us-east-2:111122223333:destination\"", "\"topic\": \"x\"",
       "not the ARN of an SNS topic"},
      {", \"topic\": \"arn:aws:sns:us-east-2:111122223333:destination\"", "", "no topic for us-east-2"},
      {"arn:aws:iam::444455556666:role/remote", "arn:aws:iam::111122223333:role/remote",
       "in account 111122223333, the other side is 444455556666"},
  };
  for (const Malformed& row : table) {
    EXPECT_THAT(refusal(several("source_bucket_check", replaced(list, row.what, row.with))),
                HasSubstr(row.said))
        << row.what << " → " << row.with;
  }
  Variables both = several("source_bucket_check");
  both["S3DR_MATCH_TAGS"] = R"({"dr":"true"})";
  EXPECT_THAT(refusal(both), HasSubstr("S3DR_MATCH_TAGS: not beside S3DR_PROTECTIONS"));
  EXPECT_EQ(refusal(several("source_bucket_check")), "");
}

TEST(WiringOfSeveral, EachProtectionReachesItsDestinationWithTheKeysOfItsAccount) {
  test::ScriptedTransport transport;
  test::ManualClock clock;
  const std::unique_ptr<Random> random = make_seeded_random(1);
  const std::unique_ptr<Log> log = make_null_log();
  Wiring wiring(transport, read(several("source_bucket_check")), clock, *random, *log);
  const std::vector<functions::Context> contexts = wiring.contexts();
  ASSERT_EQ(contexts.size(), 3U);
  EXPECT_EQ(&contexts[0].destination, &contexts[1].destination) << "one place";
  EXPECT_EQ(&contexts[0].source, &contexts[2].source);
  const auto head = [&](ports::BucketStore& store) {
    test::run(store.head_bucket(s3::BucketName::parse("ledger")));
    return transport.last().endpoint.host + " " + transport.last().header("Authorization").substr(28, 10);
  };
  transport.answer(200);
  EXPECT_EQ(head(contexts[0].destination), "ledger.s3.us-east-2.amazonaws.com AKIDEXAMPL");
  transport.answer(200, assumed_role);
  transport.answer(200);
  EXPECT_EQ(head(contexts[2].destination), "ledger.s3.us-east-1.amazonaws.com ASIAREMOTE");
  transport.answer(
      200, "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>");
  test::run(contexts[2].to_destination_bucket_check.publish("{}"));
  EXPECT_EQ(transport.last().endpoint.host, "sns.us-east-1.amazonaws.com");
  EXPECT_THAT(transport.last().header("Authorization"), HasSubstr("AKIDEXAMPLE")) << "with its own keys";
}

// Two worlds: the source of each one has the same buckets, and each has a destination of its own.
struct HandlingSeveral : Handling {
  test::FakePorts far;

  HandlingSeveral() {
    ports.world.policy.protection_name = "near";
    far.world.policy = test::two_account_policy();
    far.world.policy.protection_name = "vault";
    far.world.policy.match_tags = {{"vault", "yes"}};
    far.world.policy.replica_name_template = "{bucket}-vault";
    const dr::Protections both = dr::with_each_other({ports.world.policy, far.world.policy});
    EXPECT_EQ(dr::why_invalid(both), std::nullopt);
    ports.world.policy = both[0];
    far.world.policy = both[1];
    for (test::FakePorts* one : {&ports, &far})
      one->world.add_source(ledger, {{"dr", "true"}, {"vault", "yes"}});
  }
  Reply handle(Function function, const std::string& event, milliseconds time = milliseconds(60'000)) {
    Handler handler(function, {context(), far.context(clock, log)}, bus, log, options);
    Invocation invocation;
    invocation.request_id = "r-1";
    invocation.event = event;
    invocation.deadline = clock.now() + time;
    return run_in_time(io, clock, handler.handle(std::move(invocation)));
  }
  std::string message_for(const std::string& protection) {
    dr::Message message = dr::message_for(ports.world.policy, dr::MessageKind::look, ledger, "c1");
    message.protection = protection;
    return dr::to_json(message);
  }
  static std::vector<std::string> handled(const Reply& reply) {
    std::vector<std::string> result;
    for (const auto& one : boost::json::parse(reply.result).at("handled").as_array()) {
      const auto* protection = one.as_object().if_contains("protection");
      result.emplace_back(protection == nullptr ? "unnamed" : protection->as_string());
    }
    return result;
  }
  static std::string scheduled(const char* time) {
    return std::string(R"({"source":"aws.events","detail-type":"Scheduled Event","id":"e-1","time":")") +
           time + "\",\"detail\":{}}";
  }
  bool has_heartbeat(test::FakePorts& of) {
    return of.world.documents.contains(
        dr::heartbeat_key(of.world.policy.source_account, of.world.policy.source_region));
  }
};

TEST_F(HandlingSeveral, ACallIsHandledForEachProtectionAndAMessageForItsOwn) {
  EXPECT_THAT(handled(handle(Function::source_bucket_check, tagging_event("ledger"))),
              ElementsAre("near", "vault"));
  EXPECT_EQ(logged.with("looked").at(1).at("protection").as_string(), "vault");
  EXPECT_THAT(handled(handle(Function::source_bucket_check, delivery({message_for("vault")}))),
              ElementsAre("vault"));
  // Made by a release that knew one protection only.
  EXPECT_THAT(handled(handle(Function::source_bucket_check, delivery({message_for("default")}))),
              ElementsAre("near", "vault"));
  const Reply gone = handle(Function::source_bucket_check, delivery({message_for("gone")}));
  EXPECT_FALSE(gone.failure);
  EXPECT_TRUE(handled(gone).empty());
  EXPECT_THAT(gone.result, HasSubstr("there is no protection"));
}

TEST_F(HandlingSeveral, MessagesOfTwoProtectionsOfABucketAreTwo) {
  EXPECT_THAT(handled(handle(Function::source_bucket_check,
                             delivery({message_for("near"), message_for("vault"), message_for("near")}))),
              ElementsAre("near", "vault"));
}

TEST_F(HandlingSeveral, ControlBucketsOfAllDestinationsAreOurOwn) {
  const Reply reply =
      handle(Function::source_bucket_check, tagging_event(far.world.policy.control_bucket.text()));
  EXPECT_TRUE(handled(reply).empty());
  EXPECT_THAT(reply.result, HasSubstr("one of our own buckets"));
}

TEST_F(HandlingSeveral, OneSweepIsForAllAndWritesAHeartbeatAtEachDestination) {
  EXPECT_FALSE(handle(Function::source_bucket_check, scheduled("2026-01-01T00:05:00Z")).failure);
  std::vector<std::string> told;
  for (const BusEvent& event : bus.events) told.push_back(dr::parse_message(event.detail).protection);
  EXPECT_THAT(told, ElementsAre("near", "vault"));
  EXPECT_TRUE(has_heartbeat(ports));
  EXPECT_TRUE(has_heartbeat(far));
  EXPECT_EQ(logged.with("sweep").size(), 2U) << logged.text;
  const auto lists = [](const test::FakePorts& of) {
    return std::ranges::count(of.calls, "source.list_buckets", &test::Call::name);
  };
  EXPECT_EQ(lists(ports), 1);
  EXPECT_EQ(lists(far), 0) << "the source is listed once";
}

TEST_F(HandlingSeveral, ALostDestinationDoesNotStopTheOthers) {
  far.before = [](const test::Call& call) {
    if (call.name.starts_with("records.")) throw Error(ErrorKind::unavailable, "the region is gone");
  };
  EXPECT_TRUE(handle(Function::source_bucket_check, scheduled("2026-01-01T00:05:00Z")).failure);
  EXPECT_TRUE(has_heartbeat(ports));
  EXPECT_FALSE(has_heartbeat(far));
  const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"));
  EXPECT_TRUE(reply.failure) << "it is delivered again";
  EXPECT_THAT(reply.failure->message, HasSubstr("the region is gone"));
  EXPECT_FALSE(ports.queue.empty()) << "the first protection goes on";
  EXPECT_TRUE(far.queue.empty());
}

TEST_F(HandlingSeveral, ThePlaceOfAStretchIsOneOfTheirs) {
  SweepStretch stretch;
  stretch.from.half = functions::SweepPosition::Half::recorded;
  stretch.from.place = 1;
  const dr::Protections both{ports.world.policy, far.world.policy};
  const auto event = [&] {
    return R"({"source":"s3dr","detail-type":"Sweep","id":"e-1","detail":)" + to_detail(stretch) + "}";
  };
  EXPECT_EQ(read_input(Function::source_bucket_check, both, event(), "r-1").sweep, stretch);
  stretch.from.place = 2;
  EXPECT_FALSE(read_input(Function::source_bucket_check, both, event(), "r-1").sweep);
  stretch.from.place = 1;
  EXPECT_FALSE(read_input(Function::source_bucket_check, {ports.world.policy}, event(), "r-1").sweep);
}

}  // namespace
}  // namespace s3dr::lambda
