#include "dr/record.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

const Instant now = Instant(milliseconds(1'790'000'000'123));

dr::Record full_record() {
  const auto policy = test::test_policy();
  const auto bucket = s3::BucketName::parse("ledger");
  auto record = dr::first_record(policy, bucket, s3::BucketName::parse("ledger-dr"), "00ff", now);
  record.claim = dr::Claim::established;
  record.rule.generation = 3;
  record.rule.state = dr::RuleState::live;
  record.backfill = dr::Backfill{};
  record.backfill->generation = 3;
  record.backfill->attempt = 2;
  record.backfill->job_id = "job-7";
  record.backfill->status = dr::BackfillStatus::complete;
  record.backfill->not_before = now;
  auto& job = record.backfill->inputs;
  job.account = policy.source_account;
  job.client_request_token = "t-3-2";
  job.source_bucket = bucket;
  job.report_bucket = policy.reports_bucket;
  job.created_before = now;
  job.statuses = {s3::ReplicationStatus::none, s3::ReplicationStatus::failed};
  record.instruction = dr::Instruction{dr::InstructionKind::adopt, s3::BucketName::parse("other"), now};
  record.last_difference = dr::Verification{now, now, dr::VerifyLevel::bytes, 3, 1, 2, 3, 4, 5, 6};
  record.verified = dr::Verification{now, now, dr::VerifyLevel::head, 3, 10, 2, 999, 1, 0, 0};
  return dr::moved_to(record, dr::State::verifying, "a \"reason\" → with signs", now);
}

ErrorKind refusal_of(const std::string& text) {
  try {
    dr::parse_record(text);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::cancelled;
}

TEST(Record, what_is_written_is_what_is_read_and_the_bytes_are_the_same_each_time) {
  const auto record = full_record();
  const std::string text = dr::to_json(record);
  EXPECT_EQ(dr::parse_record(text), record);
  EXPECT_EQ(dr::to_json(dr::parse_record(text)), text);
}

TEST(Record, every_field_is_required_and_an_unknown_one_is_refused) {
  const std::string text = dr::to_json(full_record());
  for (const std::string field : {"protection", "claim", "rule", "state", "epoch", "history", "generation"}) {
    std::string without = text;
    without.replace(without.find("\"" + field + "\""), field.size() + 2, "\"x\"");
    EXPECT_EQ(refusal_of(without), ErrorKind::corrupt) << field;
  }
  EXPECT_EQ(refusal_of("{\"more\":1," + text.substr(1)), ErrorKind::corrupt);
}

TEST(Record, a_newer_format_is_unsupported_and_everything_else_is_corrupt) {
  std::string newer = dr::to_json(full_record());
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":9");
  EXPECT_EQ(refusal_of(newer), ErrorKind::unsupported);
  EXPECT_EQ(refusal_of(""), ErrorKind::corrupt);
  EXPECT_EQ(refusal_of("[]"), ErrorKind::corrupt);
  EXPECT_EQ(refusal_of("{}"), ErrorKind::corrupt);
  EXPECT_EQ(refusal_of(std::string(dr::record_bytes_max + 1, ' ')), ErrorKind::corrupt);
  EXPECT_EQ(refusal_of(std::string(1000, '[')), ErrorKind::corrupt);
}

TEST(Record, a_record_copied_to_another_source_is_refused) {
  std::string text = dr::to_json(full_record());
  text.replace(text.find("\"bucket\":\"ledger\""), 17, "\"bucket\":\"ledgex\"");
  EXPECT_EQ(refusal_of(text), ErrorKind::corrupt);
}

TEST(Record, a_state_that_is_never_stored_is_refused) {
  std::string text = dr::to_json(full_record());
  const auto at = text.find("\"state\":\"verifying\"");
  text.replace(at, 19, "\"state\":\"unknown\"");
  EXPECT_EQ(refusal_of(text), ErrorKind::corrupt);
}

TEST(Record, verified_needs_level_head_the_present_generation_and_no_difference) {
  auto record = full_record();
  record.verified.reset();
  record.last_difference.reset();
  dr::Verification run{now, now, dr::VerifyLevel::listing, 3, 5, 0, 0, 0, 0, 0};
  EXPECT_FALSE(dr::is_verified(dr::apply_verification(record, run)));
  run.level = dr::VerifyLevel::head;
  const auto verified = dr::apply_verification(record, run);
  EXPECT_TRUE(dr::is_verified(verified));
  run.generation = 2;
  EXPECT_EQ(dr::apply_verification(record, run), record);
  for (const auto state : {dr::State::paused, dr::State::conflict, dr::State::degraded}) {
    EXPECT_FALSE(dr::is_verified(dr::moved_to(verified, state, "", now)));
  }
  auto next_generation = verified;
  ++next_generation.rule.generation;
  EXPECT_FALSE(dr::is_verified(next_generation));
}

TEST(Record, a_shallow_run_clears_nothing_that_a_deeper_one_found) {
  auto record = full_record();
  record.verified.reset();
  record.last_difference.reset();
  dr::Verification bytes{now, now, dr::VerifyLevel::bytes, 3, 5, 0, 0, 0, 0, 1};
  record = dr::apply_verification(record, bytes);
  dr::Verification head{now, now, dr::VerifyLevel::head, 3, 5, 0, 0, 0, 0, 0};
  EXPECT_FALSE(dr::is_verified(dr::apply_verification(record, head)));
  bytes.differences = 0;
  EXPECT_TRUE(dr::is_verified(dr::apply_verification(record, bytes)));
}

TEST(Record, a_run_that_began_earlier_clears_nothing) {
  auto record = full_record();
  record.verified.reset();
  record.last_difference.reset();
  const dr::Verification later{now, now, dr::VerifyLevel::head, 3, 5, 0, 0, 0, 0, 1};
  record = dr::apply_verification(record, later);
  dr::Verification run{now - milliseconds(1), now, dr::VerifyLevel::head, 3, 5, 0, 0, 0, 0, 0};
  EXPECT_FALSE(dr::is_verified(dr::apply_verification(record, run)));
  run.as_of = now;
  EXPECT_TRUE(dr::is_verified(dr::apply_verification(record, run)));
}

TEST(Record, the_history_keeps_the_newest_transitions) {
  auto record = full_record();
  for (int i = 0; i < 200; ++i) {
    record = dr::moved_to(record, dr::State::backfilling, "step " + std::to_string(i), now);
  }
  EXPECT_EQ(record.history.size(), dr::history_max);
  EXPECT_EQ(record.history.back().reason, "step 199");
  EXPECT_LT(dr::to_json(record).size(), dr::record_bytes_max);
}

TEST(Record, keys_name_the_source_both_ways) {
  const auto policy = test::test_policy();
  const auto key =
      dr::record_key(policy.source_account, policy.source_region, s3::BucketName::parse("a.json.b"));
  EXPECT_EQ(key, "records/111122223333/us-west-2/a.json.b.json");
  EXPECT_EQ(dr::bucket_of_record_key(key)->text(), "a.json.b");
  EXPECT_FALSE(dr::bucket_of_record_key("records/111122223333/us-west-2/"));
  EXPECT_FALSE(dr::bucket_of_record_key("elsewhere/a.json"));
  EXPECT_FALSE(dr::bucket_of_record_key("records/x/y/UPPER.json"));
}

}  // namespace
}  // namespace s3dr
