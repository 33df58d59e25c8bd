#include "dr/messages/event.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/error.h"
#include "dr/messages/message.h"
#include "dr/messages/watched_calls.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

std::string call(const std::string& name, const std::string& detail) {
  return R"({"id":"e-1","source":"aws.s3","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"s3.amazonaws.com","eventName":")" +
         name + "\"" + (detail.empty() ? "" : "," + detail) + "}}";
}

std::string bucket_in(const std::string& event) {
  const auto hint = dr::read_event(event);
  EXPECT_LE(hint.buckets.size(), 1u);
  EXPECT_EQ(hint.buckets.empty(), !hint.ignored_because.empty());
  return hint.buckets.empty() ? "" : hint.buckets.front().text();
}

TEST(Event, the_bucket_is_found_in_every_shape_cloudtrail_writes) {
  const std::string parameters[] = {
      R"("requestParameters":{"tagging":"","bucketName":"ledger","Tagging":{"TagSet":{"Tag":{"Key":"dr"}}}})",
      R"("requestParameters":{"bucketName":"ledger","Tagging":{"TagSet":{"Tag":[{"Key":"dr"},{"Key":"x"}]}}})",
      R"("requestParameters":{"bucketName":"ledger","Tagging":{"TagSet":""}})",
      R"("requestParameters":{"resourceArn":"arn:aws:s3:::ledger"})",
      R"("requestParameters":{"Tags":[{"resourceArn":["arn:aws-cn:s3:::ledger"]}]})",
      R"("requestParameters":"","resources":[{"ARN":"arn:aws:s3:::ledger"}])",
      R"("requestParameters":null,"resources":{"ARN":"arn:aws:s3:::ledger"},"errorCode":null)",
  };
  for (const auto& text : parameters) EXPECT_EQ(bucket_in(call("TagResource", text)), "ledger") << text;
}

TEST(Event, failed_calls_other_calls_and_other_services_name_no_bucket) {
  const std::string bucket = R"("requestParameters":{"bucketName":"ledger"})";
  EXPECT_EQ(bucket_in(call("PutBucketTagging", bucket + R"(,"errorCode":"AccessDenied")")), "");
  EXPECT_EQ(bucket_in(call("PutBucketTagging", bucket + R"(,"errorCode":7)")), "");
  EXPECT_EQ(bucket_in(call("GetBucketAcl", bucket)), "");
  EXPECT_EQ(
      bucket_in(R"({"detail":{"eventName":"TagResource","eventSource":"sns.amazonaws.com",)" + bucket + "}}"),
      "");
  EXPECT_EQ(bucket_in(call("TagResource", R"("requestParameters":{"resourceArn":"arn:aws:sns:x:1:t"})")), "");
  EXPECT_EQ(bucket_in(call("TagResource", R"("requestParameters":{"resourceArn":"arn:aws:s3:::b/object"})")),
            "");
}

// Whole seconds, and another clock: what was looked at within two seconds of it may be older.
TEST(Event, a_call_about_a_setting_says_when_it_was_changed_and_no_other_call_does) {
  const std::string rest =
      R"("eventTime":"2026-08-01T10:15:03Z","requestParameters":{"bucketName":"ledger"})";
  int settings = 0;
  for (const dr::WatchedCall& watched : dr::watched_calls()) {
    const auto hint = dr::read_event(call(std::string(watched.name), rest));
    ASSERT_EQ(hint.buckets.size(), 1U) << watched.name;
    EXPECT_EQ(hint.setting_changed.has_value(), watched.setting.has_value()) << watched.name;
    if (!hint.setting_changed) continue;
    ++settings;
    EXPECT_EQ(*hint.setting_changed, *from_iso8601("2026-08-01T10:15:05Z"));
  }
  EXPECT_GT(settings, 20);
  EXPECT_FALSE(dr::read_event(call("PutBucketCors", R"("requestParameters":{"bucketName":"ledger"})"))
                   .setting_changed);
}

// Nobody has recorded such an event: it is found in any corner of it.
TEST(Event, the_arn_is_found_wherever_it_stands) {
  const std::string corners[] = {
      R"("requestParameters":null,"responseElements":{"x":{"y":["arn:aws:s3:::ledger"]}})",
      R"("requestParameters":{"accountId":"111122223333"},"serviceEventDetails":{"arn":"arn:aws:s3:::ledger"})",
      R"("additionalEventData":{"TargetArn":"arn:aws-us-gov:s3:::ledger"})",
  };
  for (const auto& text : corners) EXPECT_EQ(bucket_in(call("UntagResource", text)), "ledger") << text;
  EXPECT_EQ(bucket_in(R"({"resources":["arn:aws:s3:::ledger"],"detail":{"eventName":"TagResource"}})"),
            "ledger");
  EXPECT_EQ(
      bucket_in(R"({"source":"aws.tag","detail":{"service":"s3","resource-arn":"arn:aws:s3:::ledger"}})"),
      "ledger");
}

struct KeptEvent {
  std::string file, expected, text;
};

// tests/data/events: a comment with the expected answer, then the event.
std::vector<KeptEvent> kept_events() {
  std::vector<KeptEvent> result;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(S3DR_TEST_DATA) + "/events")) {
    KeptEvent kept{entry.path().filename().string(), "", ""};
    std::ifstream file(entry.path());
    std::getline(file, kept.expected);
    std::ostringstream text;
    text << file.rdbuf();
    kept.text = text.str();
    result.push_back(std::move(kept));
  }
  return result;
}

TEST(Event, kept_events_give_the_answer_in_their_first_line) {
  constexpr std::string_view check = "# expect: one bucket check for ";
  const auto all = kept_events();
  EXPECT_GE(all.size(), 8U);
  for (const KeptEvent& kept : all) {
    std::string bucket;
    if (kept.expected.starts_with(check))
      bucket =
          kept.expected.substr(check.size(), kept.expected.find_first_of("; (", check.size()) - check.size());
    EXPECT_EQ(bucket_in(kept.text), bucket) << kept.file;
  }
}

std::string put_event(const std::string& parameters, const std::string& more = "") {
  return call(
      "PutBucketReplication",
      R"("eventTime":"2026-08-01T10:15:03Z","eventID":"id-1","userIdentity":{"arn":"arn:aws:iam::1:user/maria"},)"
      R"("requestParameters":{"replication":"","bucketName":"ledger",)" +
          parameters + "}" + more);
}

const std::string one_rule =
    R"("Rule":{"ID":"x","Priority":"3","Filter":{"Prefix":"logs/"},"Status":"Enabled",)"
    R"("DeleteMarkerReplication":{"Status":"Disabled"},"Destination":{"Bucket":"arn:aws:s3:::archive"}})";

TEST(Event, what_a_call_wrote_as_rules_is_kept_as_it_was) {
  const auto hint = dr::read_event(put_event(
      R"("ReplicationConfiguration":{"xmlns":"http://x/","Role":"arn:aws:iam::1:role/r",)" + one_rule + "}"));
  ASSERT_TRUE(hint.edit);
  EXPECT_EQ(to_iso8601_seconds(hint.edit->at), "2026-08-01T10:15:03Z");
  EXPECT_EQ(hint.edit->id, "id-1");
  EXPECT_EQ(hint.edit->by, "arn:aws:iam::1:user/maria");
  EXPECT_EQ(hint.edit->configuration.role_arn, "arn:aws:iam::1:role/r");
  ASSERT_EQ(hint.edit->configuration.rules.size(), 1U);
  const s3::ReplicationRule& rule = hint.edit->configuration.rules.front();
  EXPECT_EQ(rule.id, "x");
  EXPECT_EQ(rule.priority, 3);
  EXPECT_EQ(rule.filter->prefix, "logs/");
  // Both accounts of a call across accounts are told.
  const auto shared = dr::read_event(
      put_event(R"("ReplicationConfiguration":{"Role":"r",)" + one_rule + "}", R"(,"sharedEventID":"both")"));
  EXPECT_EQ(shared.edit->id, "both");
}

TEST(Event, an_edit_is_a_removal_too_and_nothing_that_cannot_be_read) {
  const auto removed =
      dr::read_event(call("DeleteBucketReplication", R"("eventTime":"2026-08-01T10:15:03Z","eventID":"id-2",)"
                                                     R"("requestParameters":{"bucketName":"ledger"})"));
  ASSERT_TRUE(removed.edit);
  EXPECT_TRUE(removed.edit->configuration.rules.empty());
  for (const std::string& parameters :
       {std::string(R"("other":1)"), std::string(R"("ReplicationConfiguration":"")"),
        std::string(R"("ReplicationConfiguration":{"Role":"r","Rule":[{"ID":"x"}]})"),
        std::string(R"("ReplicationConfiguration":{"Ro le":"r"})")}) {
    const auto hint = dr::read_event(put_event(parameters));
    EXPECT_FALSE(hint.edit) << parameters;
    EXPECT_EQ(hint.buckets.size(), 1U);
  }
  EXPECT_FALSE(dr::read_event(put_event(R"("ReplicationConfiguration":{"Role":"r",)" + one_rule + "}",
                                        R"(,"errorCode":"AccessDenied")"))
                   .edit);
  EXPECT_FALSE(dr::read_event(call("PutBucketTagging", R"("eventTime":"2026-08-01T10:15:03Z","eventID":"i",)"
                                                       R"("requestParameters":{"bucketName":"ledger"})"))
                   .edit);
  // What goes into the record is bounded and plain.
  const auto odd = dr::read_event(call(
      "DeleteBucketReplication", R"("eventTime":"2026-08-01T10:15:03Z","eventID":")" + std::string(999, 'i') +
                                     R"(","userIdentity":{"arn":"\u00e4\n"},)"
                                     R"("requestParameters":{"bucketName":"ledger"})"));
  ASSERT_TRUE(odd.edit);
  EXPECT_EQ(odd.edit->id.size(), dr::edit_name_bytes_max);
  EXPECT_EQ(odd.edit->by, "???");
}

TEST(Event, tag_changes_name_their_resource) {
  EXPECT_EQ(
      bucket_in(R"({"source":"aws.tag","resources":["arn:aws:s3:::ledger"],"detail":{"service":"s3"}})"),
      "ledger");
  EXPECT_EQ(
      bucket_in(R"({"source":"aws.tag","resources":["arn:aws:s3:::ledger"],"detail":{"service":["s3"]}})"),
      "ledger");
  EXPECT_EQ(
      bucket_in(R"({"source":"aws.tag","resources":["arn:aws:s3:::ledger"],"detail":{"service":"ec2"}})"),
      "");
}

TEST(Event, any_bytes_are_taken_calmly) {
  for (const std::string text :
       {"", "null", "[]", "{}", "{\"detail\":[]}", "{\"detail\":{\"eventName\":1}}", "\xff\xfe",
        "{\"detail\":{\"eventName\":\"TagResource\",\"resources\":7}}"}) {
    EXPECT_TRUE(dr::read_event(text).buckets.empty());
  }
  EXPECT_TRUE(dr::read_event(std::string(100'000, '[')).buckets.empty());
  EXPECT_TRUE(dr::read_event(std::string(dr::event_bytes_max + 1, ' ')).buckets.empty());
}

TEST(Message, what_is_written_is_what_is_read) {
  const auto message =
      dr::message_for(test::test_policy(), dr::MessageKind::pause, s3::BucketName::parse("ledger"), "c-1");
  EXPECT_EQ(dr::parse_message(dr::to_json(message)), message);
}

TEST(Message, when_a_setting_was_changed_is_not_forgotten_by_a_later_message) {
  auto older =
      dr::message_for(test::test_policy(), dr::MessageKind::look, s3::BucketName::parse("ledger"), "c-1");
  EXPECT_EQ(dr::to_json(older).find("setting_changed"), std::string::npos);  // as the release before wrote it
  auto newer = older;
  newer.correlation_id = "c-2";
  older.setting_changed = Instant(milliseconds(1'790'000'000'123));
  EXPECT_EQ(dr::parse_message(dr::to_json(older)), older);
  const auto both = dr::merged(newer, older);
  EXPECT_EQ(both.correlation_id, "c-2");
  EXPECT_EQ(both.setting_changed, older.setting_changed);
  EXPECT_EQ(dr::merged(older, newer).setting_changed, older.setting_changed);
}

TEST(Message, unknown_versions_kinds_fields_and_sizes_are_refused) {
  const auto message = dr::message_for(test::test_policy(), dr::MessageKind::ensure,
                                       s3::BucketName::parse("ledger"), "line\nbreak");
  EXPECT_EQ(message.correlation_id, "-") << "it goes into logs";
  const std::string good = dr::to_json(message);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const std::string bad[] = {"",
                             "7",
                             "{}",
                             changed("\"v\":1", "\"v\":2"),
                             changed("ensure", "destroy"),
                             changed("\"v\"", "\"x\":1,\"v\""),
                             changed("ledger", ".ledger"),
                             changed("111122223333", "1"),
                             good + std::string(5000, ' ')};
  for (const auto& text : bad) EXPECT_THROW(dr::parse_message(text), Error) << text;
}

}  // namespace
}  // namespace s3dr
