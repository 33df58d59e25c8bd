// What this way of doing it (three functions, two topics, a rule) is known to get wrong, each in a test that
// has the weakness for its name and shows that it is not here. docs/decisions/004 lists them all, with those
// that bite elsewhere: tests/unit/deploy/declare/original_weaknesses_test.cc, tests/unit/client.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "handling_fixture.h"
#include "lambda/environment.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;
using dr::Function;
using Variables = std::map<std::string, std::string, std::less<>>;

aws::EnvironmentLookup lookup(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

struct OriginalWeakness : Handling {
  static std::string call(const std::string& name, json::object parameters, json::object more = {}) {
    json::object detail = {{"eventSource", "s3.amazonaws.com"},
                           {"eventName", name},
                           {"requestParameters", std::move(parameters)}};
    for (const auto& field : more) detail[field.key()] = field.value();
    return json::serialize(json::object{{"source", "aws.s3"},
                                        {"detail-type", "AWS API Call via CloudTrail"},
                                        {"id", "e-1"},
                                        {"detail", std::move(detail)}});
  }
  static std::string about(const std::string& name) {  // of the bucket "ledger", as each call names it
    const bool by_arn = name == "TagResource" || name == "UntagResource";
    return call(name, by_arn ? json::object{{"resourceArn", "arn:aws:s3:::ledger"}}
                             : json::object{{"bucketName", "ledger"}});
  }
  const s3::ReplicationRule& rule() { return ports.world.buckets.at(ledger).replication->rules.at(0); }
};

TEST_F(OriginalWeakness, hard_coded_regions) {
  for (const auto& [from, to] : {std::pair("eu-central-1", "ap-southeast-4"), {"sa-east-1", "us-east-1"}}) {
    Variables variables = complete_environment("source_bucket_check");
    variables["S3DR_SOURCE_REGION"] = from;
    variables["S3DR_DESTINATION_REGION"] = to;
    ports.world = test::ModelWorld();
    ports.world.policy = read_settings(lookup(variables)).protections.front();
    ports.world.add_source(ledger, {{"dr", "true"}});
    flow(tagging_event("ledger"));
    EXPECT_EQ(ports.world.buckets.at(s3::BucketName::parse("ledger-dr")).region.text(), to);
    EXPECT_EQ(rule().status, s3::Switch::enabled);
    for (const auto& [key, document] : ports.world.documents) {
      EXPECT_EQ((key + document.text).find("us-west-2"), std::string::npos);
      EXPECT_EQ((key + document.text).find("us-east-2"), std::string::npos);
    }
  }
}

// It starts, says to Lambda which variable it is, and ends in order; so does each of the three.
TEST_F(OriginalWeakness, a_missing_environment_variable_kills_a_function_at_import) {
  int missed = 0;
  for (const char* function : {"source_bucket_check", "destination_bucket_check", "enable_replication"}) {
    for (const auto& [name, value] : complete_environment(function)) {
      Variables variables = complete_environment(function);
      variables.erase(name);
      std::optional<FunctionError> failure;
      try {
        read_settings(lookup(variables));
      } catch (const Error& error) {
        failure = function_error(error);
      }
      if (!failure) continue;  // one that this function does not need, like the topic of another
      ++missed;
      FakeRuntimeApi lambda;
      RuntimeApi api(lambda, "127.0.0.1:9001");
      run_in_time(io, clock, [](RuntimeApi& told, FunctionError what) -> Task<bool> {
        co_await told.report_init_error(std::move(what));
        co_return true;
      }(api, *failure));
      ASSERT_EQ(lambda.posts.size(), 1U);
      EXPECT_EQ(lambda.posts[0].target, "/2018-06-01/runtime/init/error");
      EXPECT_EQ(lambda.posts[0].error_type, "S3dr.Invalid");
      EXPECT_NE(lambda.posts[0].body.find(name + ": missing"), std::string::npos) << lambda.posts[0].body;
    }
  }
  EXPECT_EQ(missed, 3 * 10 + 3) << "all but the session token and topics that a function does not publish to";
}

TEST_F(OriginalWeakness, denied_calls_acted_on) {
  ports.world.add_source(ledger, {{"dr", "true"}});  // so that a look would write
  for (const char* name : {"PutBucketTagging", "DeleteBucketTagging", "CreateBucket",
                           "DeleteBucketReplication", "PutBucketReplication", "PutBucketVersioning"}) {
    const Reply reply = handle(
        Function::source_bucket_check,
        call(name, {{"bucketName", "ledger"}}, {{"errorCode", "AccessDenied"}, {"errorMessage", "no"}}));
    EXPECT_FALSE(reply.failure);
    EXPECT_EQ(result(reply).at("ignored").at(0).as_string(), std::string(name) + ": a failed call");
  }
  EXPECT_TRUE(ports.calls.empty());
}

TEST_F(OriginalWeakness, event_tags_trusted_live_tags_not_read) {
  const auto tagged_as = [&](const char* value) {
    return call(
        "PutBucketTagging",
        {{"bucketName", "ledger"}, {"Tagging", {{"TagSet", {{"Tag", {{"Key", "dr"}, {"Value", value}}}}}}}});
  };
  ports.world.add_source(ledger, {{"dr", "false"}});
  flow(tagged_as("true"));
  EXPECT_TRUE(ports.writes.empty()) << "the tag has been taken back since";
  ports.world.buckets.at(ledger).tags = s3::TagSet{{"dr", "true"}};
  flow(tagged_as("false"));
  EXPECT_EQ(rule().status, s3::Switch::enabled) << "the tag has been set since";
}

// Each call that takes the tag away pauses, each that sets it protects.
TEST_F(OriginalWeakness, tag_removal_and_tags_set_by_other_calls_are_ignored) {
  const auto tagged = s3::TagSet{{"dr", "true"}};
  for (const char* name : {"DeleteBucketTagging", "UntagResource", "PutBucketTagging", "TagResource"}) {
    ports.world = test::ModelWorld();
    ports.world.add_source(ledger, tagged);
    flow(about("PutBucketTagging"));
    ASSERT_EQ(rule().status, s3::Switch::enabled);
    ports.world.buckets.at(ledger).tags = s3::TagSet{{"dr", "no"}, {"team", "ledger"}};
    flow(about(name));
    EXPECT_EQ(rule().status, s3::Switch::disabled) << name;
    EXPECT_EQ(ports.world.record(ledger)->state, dr::State::paused) << name;
    EXPECT_TRUE(ports.world.buckets.contains(s3::BucketName::parse("ledger-dr"))) << "the replica is kept";
  }
  for (const char* name : {"CreateBucket", "TagResource", "UntagResource"}) {
    ports.world = test::ModelWorld();
    ports.world.add_source(ledger, tagged);
    flow(about(name));
    ASSERT_TRUE(ports.world.buckets.at(ledger).replication) << name;
    EXPECT_EQ(rule().status, s3::Switch::enabled) << name;
  }
}

TEST_F(OriginalWeakness, crash_on_an_untagged_bucket) {
  ports.world.add_source(ledger, {});
  for (const bool empty_set : {false, true}) {
    if (!empty_set) ports.world.buckets.at(ledger).tags.reset();  // NoSuchTagSet
    const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"));
    EXPECT_FALSE(reply.failure);
    EXPECT_EQ(result(reply).at("handled").at(0).at("outcome").as_string(), "nothing to do");
    ports.world.buckets.at(ledger).tags = s3::TagSet{};
  }
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(OriginalWeakness, any_error_read_as_not_configured_and_all_rules_overwritten) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  const auto before = ports.world.buckets;
  const auto writes = ports.writes.size();
  for (const ErrorKind kind : {ErrorKind::denied, ErrorKind::throttled, ErrorKind::unavailable,
                               ErrorKind::corrupt, ErrorKind::outcome_unknown}) {
    ports.before = [&](const test::Call& call) {
      if (call.name == "source.get_bucket_replication") throw Error(kind, "planted");
    };
    handle(Function::enable_replication, delivery({message(ledger)}), milliseconds(10'000));
    EXPECT_EQ(ports.writes_without_notes().size(), writes) << to_string(kind);
  }
  EXPECT_EQ(ports.world.buckets, before);
}

TEST_F(OriginalWeakness, only_the_first_rule_looked_at) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.world.add_destination(s3::BucketName::parse("theirs")).versioning = s3::Versioning::enabled;
  flow(tagging_event("ledger"));
  auto& configuration = *ports.world.buckets.at(ledger).replication;
  s3::ReplicationRule foreign;
  foreign.id = "theirs";
  foreign.destination.bucket_arn = "arn:aws:s3:::theirs";
  foreign.priority = 7;
  foreign.filter = s3::ReplicationFilter{"logs/", {}};
  foreign.delete_marker_replication = s3::Switch::disabled;
  configuration.rules.insert(configuration.rules.begin(), foreign);
  const auto writes = ports.writes.size();
  flow(tagging_event("ledger"));
  EXPECT_EQ(ports.writes.size(), writes) << "ours stands behind the rule of others and is as it should be";
  configuration.rules.at(1).status = s3::Switch::disabled;  // ours, by hand
  flow(tagging_event("ledger"));
  EXPECT_EQ(configuration.rules.size(), 2U);
  EXPECT_TRUE(std::ranges::find(configuration.rules, foreign) != configuration.rules.end());
  for (const s3::ReplicationRule& one : configuration.rules) EXPECT_EQ(one.status, s3::Switch::enabled);
}

TEST_F(OriginalWeakness, only_records_0_handled) {
  for (const char* name : {"one", "two"})
    ports.world.add_source(s3::BucketName::parse(name), {{"dr", "true"}}).versioning =
        s3::Versioning::enabled;
  const Reply reply = handle(
      Function::destination_bucket_check,
      delivery({message(s3::BucketName::parse("one")), "three", message(s3::BucketName::parse("two"))}));
  EXPECT_FALSE(reply.failure) << "what is malformed would be no better the next time";
  EXPECT_TRUE(ports.world.buckets.contains(s3::BucketName::parse("one-dr")));
  EXPECT_TRUE(ports.world.buckets.contains(s3::BucketName::parse("two-dr")));
  EXPECT_EQ(logged.with("refused").size(), 1U);
  EXPECT_EQ(result(reply).at("refused").as_array().size(), 1U);
}

TEST_F(OriginalWeakness, the_message_is_an_unvalidated_bare_name) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  std::string other_account = message(ledger);
  other_account.replace(other_account.find("111122223333"), 12, "444455556666");
  for (const Function function :
       {Function::source_bucket_check, Function::destination_bucket_check, Function::enable_replication}) {
    for (const std::string& text :
         {std::string("ledger"), std::string(R"("ledger")"), std::string(R"({"bucket":"ledger"})"),
          std::string(R"({"source_bucket":"ledger"})"),
          std::string(R"({"v":1,"kind":"ensure","bucket":"../ledger","region":"us-west-2",)"
                      R"("account":"111122223333","correlation_id":"c"})")}) {
      const Reply reply = handle(function, delivery({text}));
      EXPECT_FALSE(reply.failure);
      EXPECT_EQ(result(reply).at("refused").as_array().size(), 1U) << text;
    }
    EXPECT_TRUE(result(handle(function, delivery({other_account}))).at("handled").at(0).at("outcome") ==
                "blocked");
  }
  EXPECT_TRUE(ports.calls.empty());
  handle(Function::source_bucket_check, delivery({message(ledger, dr::MessageKind::look)}));
  EXPECT_FALSE(ports.writes.empty()) << "a message of ours is acted on";
}

TEST_F(OriginalWeakness, a_fixed_dr_suffix_overflows_63_characters) {
  std::set<std::string> replicas;
  for (const char last : {'1', '2'}) {
    const auto bucket = s3::BucketName::parse(std::string(62, 'a') + last);
    ports.world.add_source(bucket, {{"dr", "true"}});
    flow(tagging_event(bucket.text()));
    ASSERT_TRUE(ports.world.record(bucket));
    replicas.insert(ports.world.record(bucket)->replica.bucket.text());
    const auto& rules = ports.world.buckets.at(bucket).replication->rules;
    EXPECT_EQ(rules.at(0).status, s3::Switch::enabled);
  }
  ASSERT_EQ(replicas.size(), 2U) << "names that are alike get replicas of their own";
  for (const std::string& name : replicas) {
    EXPECT_LE(name.size(), 63U);
    EXPECT_TRUE(ports.world.buckets.contains(s3::BucketName::parse(name)));
  }
}

// The tag is the intent: without it the rule stays off whatever comes; a rule that somebody turned off while
// the tag is there is turned on again.
TEST_F(OriginalWeakness, an_intended_pause_cannot_be_expressed) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  ports.world.buckets.at(ledger).tags.reset();
  flow(about("DeleteBucketTagging"));
  ASSERT_EQ(rule().status, s3::Switch::disabled);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::paused);
  const auto writes = ports.writes.size();
  for (const char* name : {"PutBucketReplication", "DeleteBucketReplication", "PutBucketVersioning"})
    flow(about(name));
  flow(R"({"source":"s3dr","detail-type":"Bucket Check","detail":)" + message(ledger, dr::MessageKind::look) +
       "}");
  EXPECT_EQ(rule().status, s3::Switch::disabled);
  EXPECT_EQ(ports.writes.size(), writes);
  ports.world.buckets.at(ledger).tags = s3::TagSet{{"dr", "true"}};
  flow(about("TagResource"));
  EXPECT_EQ(rule().status, s3::Switch::enabled);
}

}  // namespace
}  // namespace s3dr::lambda
