// Events of every kind, and everything that is none.
#include "lambda/input.h"

#include <boost/json.hpp>

#include "base/encoding.h"
#include "lambda_fixture.h"
#include "support/model_world.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;
using dr::Function;
using Half = functions::SweepPosition::Half;

const dr::Policy policy = test::test_policy();

std::string message(const std::string& bucket, dr::MessageKind kind = dr::MessageKind::ensure) {
  return dr::to_json(dr::message_for(policy, kind, s3::BucketName::parse(bucket), "c1"));
}
json::object record(const std::string& text) {
  return {{"EventSource", "aws:sns"},
          {"EventVersion", "1.0"},
          {"Sns", {{"Type", "Notification"}, {"Subject", nullptr}, {"Message", text}}}};
}
std::string delivery(const std::vector<std::string>& messages) {
  json::array records;
  for (const std::string& text : messages) records.push_back(record(text));
  return json::serialize(json::object{{"Records", std::move(records)}});
}
std::string call(const std::string& name, json::object parameters, json::object more = {}) {
  json::object detail = {
      {"eventSource", "s3.amazonaws.com"}, {"eventName", name}, {"requestParameters", std::move(parameters)}};
  for (const auto& field : more) detail[field.key()] = field.value();
  return json::serialize(json::object{{"version", "0"},
                                      {"id", "e-1"},
                                      {"source", "aws.s3"},
                                      {"detail-type", "AWS API Call via CloudTrail"},
                                      {"detail", std::move(detail)}});
}
std::string own(const std::string& type, const std::string& detail) {
  return json::serialize(json::object{
      {"id", "e-2"}, {"source", "s3dr"}, {"detail-type", type}, {"detail", json::parse(detail)}});
}

Input read(const std::string& event, Function function = Function::source_bucket_check) {
  return read_input(function, policy, event, "r-1");
}
std::vector<std::string> buckets(const Input& input) {
  std::vector<std::string> names;
  for (const dr::Message& entry : input.messages) names.push_back(entry.bucket.text());
  return names;
}

using Names = std::vector<std::string>;

TEST(Input, every_record_of_a_delivery_is_handled_not_only_the_first) {
  for (const Function function : {Function::destination_bucket_check, Function::enable_replication}) {
    const Input input = read(delivery({message("one"), message("two"), message("three")}), function);
    EXPECT_EQ(buckets(input), (Names{"one", "two", "three"}));
    EXPECT_TRUE(input.refused.empty());
  }
}

TEST(Input, a_bare_bucket_name_is_refused_and_the_records_beside_it_are_handled) {
  const Input input = read(delivery({"ledger", R"("ledger")", message("two")}), Function::enable_replication);
  EXPECT_EQ(buckets(input), Names{"two"});
  ASSERT_EQ(input.refused.size(), 2U);
  EXPECT_EQ(input.refused[0].substr(0, 20), "Records[0]: message:");
  EXPECT_EQ(input.refused[1].substr(0, 20), "Records[1]: message:");
}

TEST(Input, a_call_about_a_replica_is_for_destination_bucket_check) {
  const Input input =
      read(call("DeleteBucket", {{"bucketName", "one-dr"}}), Function::destination_bucket_check);
  EXPECT_EQ(buckets(input), Names{"one-dr"});
  EXPECT_EQ(input.messages[0].kind, dr::MessageKind::replica);
  for (const std::string& other : {own("Sweep", "{}"), own("Bucket Check", message("one"))}) {
    EXPECT_EQ(read(other, Function::destination_bucket_check).refused.size(), 1U);
    EXPECT_FALSE(read(other, Function::destination_bucket_check).sweep);
  }
  EXPECT_EQ(
      read(call("DeleteBucket", {{"bucketName", "one-dr"}}), Function::enable_replication).refused.size(),
      1U);
}

TEST(Input, a_changed_setting_is_told_to_both_functions_and_kept_beside_a_later_message) {
  const json::object parameters{{"bucketName", "one"}};
  const json::object at{{"eventTime", "2026-08-01T10:15:03Z"}};
  for (const Function function : {Function::source_bucket_check, Function::destination_bucket_check}) {
    const Input input = read(call("PutBucketCors", parameters, at), function);
    ASSERT_EQ(buckets(input), Names{"one"});
    EXPECT_EQ(input.messages[0].setting_changed, from_iso8601("2026-08-01T10:15:05Z"));
    EXPECT_FALSE(read(call("PutBucketTagging", parameters, at), function).messages[0].setting_changed);
  }
  auto changed = dr::message_for(policy, dr::MessageKind::ensure, s3::BucketName::parse("one"), "c1");
  changed.setting_changed = Instant(milliseconds(5));
  const Input input =
      read(delivery({dr::to_json(changed), message("one")}), Function::destination_bucket_check);
  ASSERT_EQ(input.messages.size(), 1U);
  EXPECT_EQ(input.messages[0].setting_changed, changed.setting_changed);
}

TEST(Input, a_bucket_named_twice_is_looked_at_once) {
  EXPECT_EQ(buckets(read(delivery({message("one"), message("one")}))), Names{"one"});
}

TEST(Input, an_intended_pause_is_a_message_of_its_own) {
  const Input input = read(delivery({message("one", dr::MessageKind::pause)}), Function::enable_replication);
  ASSERT_EQ(input.messages.size(), 1U);
  EXPECT_EQ(input.messages[0].kind, dr::MessageKind::pause);
}

// Tags come by five kinds of calls, and leave by two.
TEST(Input, every_call_that_changes_tags_or_rules_names_its_bucket) {
  for (const char* name : {"PutBucketTagging", "DeleteBucketTagging", "CreateBucket",
                           "DeleteBucketReplication", "PutBucketReplication", "PutBucketVersioning"}) {
    const Input input = read(call(name, {{"bucketName", "ledger"}}));
    EXPECT_EQ(buckets(input), Names{"ledger"}) << name;
    EXPECT_EQ(input.messages.at(0).kind, dr::MessageKind::look);
    EXPECT_EQ(input.messages.at(0).correlation_id, "e-1");
  }
  for (const char* name : {"TagResource", "UntagResource"}) {
    EXPECT_EQ(buckets(read(call(name, {{"resourceArn", "arn:aws:s3:::ledger"}}))), Names{"ledger"}) << name;
  }
}

TEST(Input, denied_calls_are_not_acted_on) {
  const Input input =
      read(call("PutBucketTagging", {{"bucketName", "ledger"}}, {{"errorCode", "AccessDenied"}}));
  EXPECT_TRUE(input.messages.empty());
  EXPECT_TRUE(input.refused.empty());
  ASSERT_EQ(input.ignored.size(), 1U);
  EXPECT_EQ(input.ignored[0], "PutBucketTagging: a failed call");
}

// The tag set of an event is an object, a list, "" or missing; none of it is trusted, so none of it matters.
TEST(Input, tags_in_the_event_are_not_even_read) {
  const json::value tag_sets[] = {"",
                                  nullptr,
                                  json::object{},
                                  json::array{},
                                  17,
                                  json::object{{"Tag", json::object{{"Key", "dr"}, {"Value", "false"}}}},
                                  json::object{{"Tag", json::array{json::object{{"Key", "dr"}}, 3}}}};
  for (const json::value& tags : tag_sets) {
    const Input input =
        read(call("PutBucketTagging", {{"bucketName", "ledger"}, {"Tagging", {{"TagSet", tags}}}}));
    EXPECT_EQ(buckets(input), Names{"ledger"}) << json::serialize(tags);
  }
}

TEST(Input, our_own_buckets_are_passed_over) {
  EXPECT_TRUE(
      read(call("PutBucketVersioning", {{"bucketName", policy.control_bucket.text()}})).messages.empty());
  const Input input = read(delivery({message(policy.reports_bucket.text())}));
  EXPECT_TRUE(input.messages.empty());
  EXPECT_EQ(input.ignored.size(), 1U);
}

TEST(Input, a_bucket_check_names_one_bucket) {
  const Input input = read(own("Bucket Check", message("ledger", dr::MessageKind::look)));
  EXPECT_EQ(buckets(input), Names{"ledger"});
  EXPECT_EQ(input.event_id, "e-2");
}

TEST(Input, a_scheduled_event_starts_a_sweep) {
  for (const char* source : {"aws.events", "aws.scheduler"}) {
    const Input input = read(json::serialize(
        json::object{{"source", source}, {"detail-type", "Scheduled Event"}, {"detail", json::object()}}));
    ASSERT_TRUE(input.sweep);
    EXPECT_EQ(*input.sweep, SweepStretch());
  }
  EXPECT_EQ(*read(own("Sweep", "{}")).sweep, SweepStretch());
}

TEST(Input, the_schedule_ticks_each_minute_and_one_tick_in_an_interval_is_a_sweep) {
  const auto at = [](const std::string& text) { return *from_iso8601(text); };
  constexpr milliseconds five_minutes{300'000};
  EXPECT_TRUE(sweep_is_due(at("2026-08-01T10:05:00Z"), five_minutes));
  EXPECT_TRUE(sweep_is_due(at("2026-08-01T10:05:59Z"), five_minutes));
  for (const char* time : {"2026-08-01T10:04:59Z", "2026-08-01T10:06:00Z", "2026-08-01T10:09:30Z"})
    EXPECT_FALSE(sweep_is_due(at(time), five_minutes)) << time;
  for (const char* time : {"2026-08-01T10:04:59Z", "2026-08-01T10:05:00Z"})
    EXPECT_TRUE(sweep_is_due(at(time), milliseconds(60'000))) << time;
  EXPECT_FALSE(read(R"({"source":"aws.events","detail-type":"Scheduled Event"})").scheduled);
  EXPECT_EQ(read(R"({"source":"aws.events","detail-type":"Scheduled Event","time":"2026-08-01T10:05:00Z"})")
                .scheduled,
            at("2026-08-01T10:05:00Z"));
}

TEST(Input, the_position_of_a_sweep_survives_its_event) {
  for (const Half half : {Half::tagged, Half::recorded}) {
    for (const char* after : {"", "ledger", "Old_Name"}) {
      SweepStretch stretch;
      stretch.from.half = half;
      stretch.from.token = "t/+=\"\n";
      if (*after != '\0') stretch.from.after = s3::BucketName::parse(after);
      stretch.number = 7;
      stretch.incomplete = half == Half::recorded;
      const Input input = read(own("Sweep", to_detail(stretch)));
      ASSERT_TRUE(input.sweep);
      EXPECT_EQ(*input.sweep, stretch);
    }
  }
}

TEST(Input, a_malformed_position_is_refused) {
  for (const char* detail :
       {"null", "[]", "3", R"({"v":1})", R"({"v":2,"number":1,"half":"tagged","token":"","after":""})",
        R"({"v":1,"number":-1,"half":"tagged","token":"","after":""})",
        R"({"v":1,"number":10001,"half":"tagged","token":"","after":""})",
        R"({"v":1,"number":"1","half":"tagged","token":"","after":""})",
        R"({"v":1,"number":1,"half":"none","token":"","after":""})",
        R"({"v":1,"number":1,"half":"tagged","token":7,"after":""})",
        R"({"v":1,"number":1,"half":"tagged","token":"","after":"/"})",
        R"({"v":1,"number":1,"half":"tagged","token":"","after":"","more":1})"}) {
    const Input input = read(own("Sweep", detail));
    EXPECT_FALSE(input.sweep) << detail;
    EXPECT_EQ(input.refused.size(), 1U) << detail;
  }
}

TEST(Input, what_is_not_for_this_function_is_refused_by_name) {
  const Input input =
      read(call("PutBucketTagging", {{"bucketName", "ledger"}}), Function::enable_replication);
  EXPECT_TRUE(input.messages.empty());
  ASSERT_EQ(input.refused.size(), 1U);
  EXPECT_EQ(input.refused[0], "events of EventBridge are for source_bucket_check");
}

TEST(Input, malformed_events_are_refused_each_with_its_reason) {
  const std::pair<std::string, std::string> table[] = {
      {"", "not a JSON object"},
      {"null", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"\"ledger\"", "not a JSON object"},
      {"{", "not a JSON object"},
      {"\xff\xfe", "not a JSON object"},
      {"{}", "neither a delivery of SNS nor an event"},
      {R"({"Records":null})", "not a list of records"},
      {R"({"Records":[]})", "not a list of records"},
      {R"({"Records":{"Sns":{}}})", "not a list of records"},
      {R"({"Records":[null]})", "Records[0]: not a delivery of SNS"},
      {R"({"Records":[{"eventSource":"aws:s3","s3":{}}]})", "Records[0]: not a delivery of SNS"},
      {R"({"Records":[{"EventSource":"aws:sns"}]})", "without the text Sns.Message"},
      {R"({"Records":[{"EventSource":"aws:sns","Sns":{"Message":{"bucket":"x"}}}]})",
       "without the text Sns.Message"},
      {R"({"source":"s3dr"})", "neither Bucket Check nor Sweep"},
      {R"({"source":"s3dr","detail-type":"Bucket Check"})", "detail: message:"},
      {R"({"source":"s3dr","detail-type":"Bucket Check","detail":{"bucket":"ledger"}})", "detail: message:"},
      {R"({"source":"aws.events","detail-type":"Other"})", "not Scheduled Event"},
      {std::string(input_bytes_max + 1, ' '), "longer than an event may be"},
      {std::string(5'000, '['), "not a JSON object"},
  };
  for (const auto& [event, why] : table) {
    const Input input = read(event);
    EXPECT_TRUE(input.messages.empty());
    EXPECT_FALSE(input.sweep);
    ASSERT_EQ(input.refused.size(), 1U) << event.substr(0, 100);
    EXPECT_NE(input.refused[0].find(why), std::string::npos) << input.refused[0];
  }
}

}  // namespace
}  // namespace s3dr::lambda
