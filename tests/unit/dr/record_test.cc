#include "dr/record.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "s3/xml_bucket.h"
#include "support/format_1.h"
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
  record.rule.desired = dr::DesiredRule{1, "0011aabb", "2233ccdd", {}};
  record.rule.by_status = 3;
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
  record.verified->prefix = "logs/";
  record.last_copies = {{s3::ObjectKey("gone"), s3::VersionId("v9")}};
  record.collapse = dr::Collapse{2000, 0, now, {}};
  record.seen_versions = {{s3::ObjectKey("a key"), s3::VersionId("v1"), now},
                          {s3::ObjectKey("b"), s3::VersionId("null"), now}};
  record.conditions = {{"Tagged", dr::Truth::yes, now, {}}, {"OfANewerProgram", dr::Truth::unknown, {}, {}}};
  dr::SettingRecord cors, notification;
  cors.word = "cors";
  cors.status = dr::SettingStatus::held;
  cors.message = "weaker";
  cors.written = "";  // "not set" is not "never yet"
  cors.held = cors.accepted = "0011223344556677";
  cors.since = now;
  notification.word = "notification";
  notification.status = dr::SettingStatus::on_failover;
  notification.later = "<NotificationConfiguration/>";
  notification.first = "8899aabbccddeeff";
  notification.since = now;
  record.settings = {{cors, notification}, now, ""};
  record.obstructions = {{"enable_replication", "AccessDenied", "no right", now, {}}};
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

// Half a character in a reason would make the whole record unreadable.
TEST(Record, what_a_store_says_is_read_back_whatever_bytes_it_has) {
  for (const std::string& said :
       {std::string(511, 'x') + "é…", std::string("bytes \xff\xe2"), std::string(3'000, '\xe2')}) {
    const auto record = dr::moved_to(full_record(), dr::State::degraded, said, now);
    EXPECT_EQ(record.reason, dr::reason_text(said));
    EXPECT_LE(record.reason.size(), dr::reason_bytes_max);
    EXPECT_EQ(dr::parse_record(dr::to_json(record)), record);
    // The same words are no news.
    EXPECT_EQ(dr::moved_to(record, dr::State::degraded, said, now).history, record.history);
  }
}

TEST(Record, every_field_is_required) {
  const std::string text = dr::to_json(full_record());
  for (const std::string field : {"protection", "claim", "rule", "state", "epoch", "history", "generation"}) {
    std::string without = text;
    without.replace(without.find("\"" + field + "\""), field.size() + 2, "\"x\"");
    EXPECT_EQ(refusal_of(without), ErrorKind::corrupt) << field;
  }
}

// Every object of the record, at any depth but the job's inputs and the instruction, keeps what a newer program wrote.
TEST(Record, an_unknown_field_is_kept_wherever_it_stands) {
  const auto record = full_record();
  std::string text = dr::to_json(record);
  for (const std::string place : {"{\"format\"", "{\"account\":\"111122223333\",\"region\"", "{\"id\"",
                                  "{\"version\"", "{\"generation\":3,\"attempt\"", "{\"as_of\"",
                                  "{\"before\"", "{\"at\"", "{\"type\"", "{\"function\""}) {
    const auto at = text.find(place);
    ASSERT_NE(at, std::string::npos) << place;
    text.insert(at + 1, "\"new_thing\":{\"a\":[1,2]},");
  }
  const auto read = dr::parse_record(text);
  const std::string again = dr::to_json(read);
  std::size_t found = 0;
  for (auto at = again.find("new_thing"); at != std::string::npos; at = again.find("new_thing", at + 1))
    ++found;
  EXPECT_EQ(found, 10U) << again;
  EXPECT_EQ(dr::to_json(dr::parse_record(again)), again);
  // What replaces a value does not inherit what was said of the old one.
  auto replaced = read;
  replaced.backfill = record.backfill;
  EXPECT_EQ(dr::to_json(replaced).find("\"new_thing\":{\"a\":[1,2]},\"generation\":3,\"attempt\""),
            std::string::npos);
  EXPECT_NE(dr::to_json(dr::moved_to(read, dr::State::paused, "x", now)).find("new_thing"),
            std::string::npos);
}

// So a record of a program that did not know these fields stays as it is, byte for byte.
TEST(Record, what_is_not_known_of_the_rule_is_not_written) {
  auto record = full_record();
  record.rule.desired.reset();
  record.rule.by_status = 0;
  record.verified->prefix.clear();
  const std::string text = dr::to_json(record);
  for (const char* field : {"\"desired\"", "\"by_status\"", "\"prefix\""})
    EXPECT_EQ(text.find(field), std::string::npos) << field;
  EXPECT_EQ(dr::parse_record(text), record);
}

// A change of the rule's prefix is no loss of versions.
TEST(Record, counts_of_another_selection_are_no_collapse) {
  auto record = full_record();
  record.last_difference.reset();
  record.collapse.reset();
  record.verified = dr::Verification{now, now, dr::VerifyLevel::head, 3, 2000, 0, 0, 0, 0, 0};
  dr::Verification run{now, now, dr::VerifyLevel::head, 3, 10, 0, 0, 0, 0, 0};
  run.prefix = "logs/";
  EXPECT_FALSE(dr::apply_verification(record, run).collapse);
  record.verified->prefix = "logs/";
  EXPECT_TRUE(dr::apply_verification(record, run).collapse);
}

TEST(Record, a_backfill_by_status_is_doubted_until_a_comparison_finds_the_replica_equal) {
  auto record = full_record();
  record.last_difference.reset();
  const dr::Verification good{now, now, dr::VerifyLevel::head, 3, 10, 0, 0, 0, 0, 0};
  EXPECT_EQ(dr::apply_verification(record, good).rule.by_status, 0);
  auto bad = good;
  bad.differences = 1;
  EXPECT_EQ(dr::apply_verification(record, bad).rule.by_status, 3);
}

TEST(Record, format_1_is_read_and_lifted) {
  std::string text = dr::to_json(full_record());
  text.replace(text.find("\"format\":2,\"min_writer\":2,"), 26, "\"format\":1,");
  for (const std::string field :
       {"\"last_copies\":[{\"key\":\"gone\",\"version_id\":\"v9\"}],",
        "\"seen_versions\":[{\"key\":\"a%20key\",\"version_id\":\"v1\",\"created\":\"2026-09-21T14:13:20."
        "123Z\"},"
        "{\"key\":\"b\",\"version_id\":\"null\",\"created\":\"2026-09-21T14:13:20.123Z\"}],",
        "\"collapse\":{\"before\":2000,\"after\":0,\"at\":\"2026-09-21T14:13:20.123Z\"},"}) {
    const auto at = text.find(field);
    ASSERT_NE(at, std::string::npos) << text;
    text.erase(at, field.size());
  }
  auto expected = full_record();
  expected.last_copies.clear();
  expected.collapse.reset();
  expected.seen_versions.clear();
  const auto read = dr::parse_record(text);
  EXPECT_EQ(read, expected);
  EXPECT_EQ(dr::to_json(read).substr(0, 27), "{\"format\":2,\"min_writer\":2,");
}

std::string golden_format_1() {
  std::stringstream text;
  text << std::ifstream(S3DR_TEST_DATA "/records/format-1.json").rdbuf();
  return text.str();
}

// Bytes of the program that knew no other format (docs/decisions/005-format-2-of-the-record.md).
TEST(Record, what_the_program_before_format_2_wrote_is_read_whole_and_lifted) {
  const std::string golden = golden_format_1();
  const auto record = dr::parse_record(golden);
  EXPECT_EQ(record.state, dr::State::protected_);
  EXPECT_TRUE(dr::is_verified(record));
  EXPECT_TRUE(dr::may_write(record));
  const std::string lifted = dr::to_json(record);
  EXPECT_EQ(dr::parse_record(lifted), record);
  // Nothing of it was lost or changed, and the simulation's fleets of format 1 are what that program wrote.
  EXPECT_EQ(test::as_format_1(lifted), golden);
}

// That program looks at `format` first, and refuses any other than 1 as `unsupported`, before it looks at anything else.
// So what this program writes has to say so at the top, as a number.
TEST(Record, every_record_that_is_written_tells_the_program_before_format_2_to_leave_it_alone) {
  for (const auto& record : {full_record(), dr::parse_record(golden_format_1())}) {
    const boost::json::value value = boost::json::parse(dr::to_json(record));
    EXPECT_EQ(value.at("format").as_int64(), 2);
    EXPECT_EQ(value.at("min_writer").as_int64(), 2);
  }
}

// Records of before have neither marks nor obstructions.
TEST(Record, without_conditions_it_is_read) {
  auto expected = full_record();
  expected.conditions.clear();
  expected.obstructions.clear();
  std::string text = dr::to_json(expected);
  for (const std::string field : {"\"conditions\":[],", "\"obstructions\":[],"}) {
    ASSERT_NE(text.find(field), std::string::npos) << text;
    text.erase(text.find(field), field.size());
  }
  EXPECT_EQ(dr::parse_record(text), expected);
}

TEST(Record, marks_and_obstructions_are_bounded_and_typed) {
  auto record = full_record();
  record.conditions.resize(dr::condition_marks_max + 1, {"X", dr::Truth::yes, {}, {}});
  EXPECT_EQ(refusal_of(dr::to_json(record)), ErrorKind::corrupt);
  record.conditions.clear();
  record.obstructions.resize(dr::obstructions_max + 1, {"f", "AccessDenied", "", now, {}});
  EXPECT_EQ(refusal_of(dr::to_json(record)), ErrorKind::corrupt);
  std::string text = dr::to_json(full_record());
  const std::string status = "\"type\":\"Tagged\",\"status\":\"true\"";
  text.replace(text.find(status), status.size(), "\"type\":\"Tagged\",\"status\":\"maybe\"");
  EXPECT_EQ(refusal_of(text), ErrorKind::corrupt);
}

TEST(Record, what_a_newer_writer_keeps_for_itself_is_read_and_not_written) {
  std::string text = dr::to_json(full_record());
  EXPECT_TRUE(dr::may_write(dr::parse_record(text)));
  text.replace(text.find("\"min_writer\":2"), 14, "\"min_writer\":3");
  const auto read = dr::parse_record(text);
  EXPECT_FALSE(dr::may_write(read));
  EXPECT_EQ(dr::to_json(read), text);
  // Its new words are no damage either.
  text.replace(text.find("\"state\":\"verifying\""), 19, "\"state\":\"fenced\"");
  EXPECT_EQ(refusal_of(text), ErrorKind::unsupported);
}

TEST(Record, lost_copies_stay_remembered_until_they_are_accepted) {
  auto record = full_record();
  record.last_difference.reset();
  record.collapse.reset();
  record.last_copies = {{s3::ObjectKey("a"), s3::VersionId("1")}};
  dr::Verification run{now, now, dr::VerifyLevel::head, 3, 10, 0, 0, 0, 0, 1};
  const dr::VerificationMemory seen{.last_copies = {{s3::ObjectKey("b"), s3::VersionId("2")}}};
  const auto found = dr::apply_verification(record, run, seen);
  ASSERT_EQ(found.last_copies.size(), 2U);
  EXPECT_EQ(found.last_copies.front().key.bytes(), "a");
  run.differences = 0;
  const dr::VerificationMemory accepted{.last_copies = seen.last_copies, .accepts_losses = true};
  EXPECT_EQ(dr::apply_verification(found, run, accepted).last_copies, seen.last_copies);
}

TEST(Record, versions_that_tell_the_bucket_are_replaced_only_by_a_run_that_met_one_of_them) {
  auto record = full_record();
  record.last_difference.reset();
  record.collapse.reset();
  const std::vector<dr::SeenVersion> before = record.seen_versions;
  ASSERT_FALSE(before.empty());
  const dr::Verification run{now, now, dr::VerifyLevel::head, 3, 10, 0, 0, 0, 0, 0};
  dr::VerificationMemory memory{.seen_versions = {{s3::ObjectKey("new"), s3::VersionId("n1"), now}}};
  EXPECT_EQ(dr::apply_verification(record, run, memory).seen_versions, before) << "perhaps another bucket";
  memory.met_seen_versions = true;
  EXPECT_EQ(dr::apply_verification(record, run, memory).seen_versions, memory.seen_versions);
  memory.met_seen_versions = false;
  record.seen_versions.clear();
  EXPECT_EQ(dr::apply_verification(record, run, memory).seen_versions, memory.seen_versions);
}

TEST(Record, a_count_that_collapses_is_remembered_until_it_is_back_or_accepted) {
  auto record = full_record();
  record.last_difference.reset();
  record.collapse.reset();
  record.verified = dr::Verification{now, now, dr::VerifyLevel::head, 3, 2000, 0, 0, 0, 0, 0};
  dr::Verification run{now, now, dr::VerifyLevel::head, 3, 1000, 0, 0, 0, 0, 0};
  EXPECT_FALSE(dr::apply_verification(record, run).collapse);
  run.versions = 0;
  auto fallen = dr::apply_verification(record, run);
  ASSERT_TRUE(fallen.collapse);
  EXPECT_EQ(fallen.collapse->before, 2000U);
  EXPECT_EQ(fallen.collapse->after, 0U);
  fallen = dr::apply_verification(fallen, run);  // the run after it is not healthy by itself
  EXPECT_TRUE(fallen.collapse);
  run.versions = 1999;
  EXPECT_FALSE(dr::apply_verification(fallen, run).collapse);
  run.versions = 0;
  EXPECT_FALSE(dr::apply_verification(fallen, run, {.last_copies = {}, .accepts_losses = true}).collapse);
}

TEST(Record, the_loss_of_all_versions_is_a_collapse_however_few_they_were) {
  auto record = full_record();
  record.last_difference.reset();
  record.collapse.reset();
  record.verified = dr::Verification{now, now, dr::VerifyLevel::head, 3, 8, 0, 0, 0, 0, 0};
  dr::Verification run{now, now, dr::VerifyLevel::head, 3, 1, 0, 0, 0, 0, 0};
  EXPECT_FALSE(dr::apply_verification(record, run).collapse);
  run.versions = 0;
  EXPECT_TRUE(dr::apply_verification(record, run).collapse);
  record.verified->versions = 0;
  EXPECT_FALSE(dr::apply_verification(record, run).collapse);
}

TEST(Record, a_newer_format_is_unsupported_and_everything_else_is_corrupt) {
  std::string newer = dr::to_json(full_record());
  newer.replace(newer.find("\"format\":2"), 10, "\"format\":9");
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

TEST(Record, a_difference_stands_until_a_later_run_is_good) {
  dr::Record record;
  EXPECT_EQ(dr::standing_difference(record), nullptr);
  record.verified = dr::Verification{now, now, dr::VerifyLevel::head, 1};
  EXPECT_EQ(dr::standing_difference(record), nullptr);
  record.last_difference = record.verified;
  record.last_difference->differences = 3;
  // At the same time: unknown which was later, so it stands.
  ASSERT_NE(dr::standing_difference(record), nullptr);
  EXPECT_EQ(dr::standing_difference(record)->differences, 3U);
  record.verified->at += milliseconds(1);
  EXPECT_EQ(dr::standing_difference(record), nullptr);
  record.verified.reset();
  EXPECT_NE(dr::standing_difference(record), nullptr);
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

// Each part is bounded so that all of them together can still be read.
TEST(Record, the_largest_record_can_be_read) {
  auto record = full_record();
  dr::VerificationMemory memory;
  const std::size_t key_bytes = dr::last_copies_bytes_max / dr::last_copies_max;
  for (std::size_t i = 0; i < dr::last_copies_max + 10; ++i) {
    std::string key = std::to_string(i) + std::string(key_bytes, '\xff');
    memory.last_copies.push_back(
        {s3::ObjectKey(key.substr(0, key_bytes)), s3::VersionId(std::string(32, 'v'))});
  }
  const dr::Verification run{now, now, dr::VerifyLevel::head, record.rule.generation, 5, 0, 0, 0, 0, 0};
  record.last_copies.clear();
  record = dr::apply_verification(record, run, memory);
  EXPECT_GE(record.last_copies.size(), dr::last_copies_max - 10);
  for (std::size_t i = 0; i < dr::history_max + 1; ++i)
    record = dr::moved_to(record, dr::State::backfilling,
                          std::to_string(i) + std::string(dr::reason_bytes_max, 'r'), now);
  const std::vector<std::string> rules(dr::edit_rules_max, "12345678");
  const std::string name(dr::edit_name_bytes_max, 'n');
  dr::LostRules lost{now, now, now, name, name, rules, {}, rules, {}};
  s3::ReplicationConfiguration document{name, {}};
  s3::ReplicationRule rule;
  rule.filter.emplace();
  rule.destination.bucket_arn = "arn:aws:s3:::archive";
  while (lost.document.size() + 600 < dr::edit_document_bytes_max) {
    document.rules.push_back(rule);
    lost.document = s3::write_replication_configuration(document);
  }
  record.edits.lost = lost;
  record.edits.puts.assign(dr::own_puts_max, dr::OwnPut{now, now, "12345678", rules, {}});
  record.edits.heard.assign(dr::heard_edits_max,
                            dr::HeardEdit{now, name, name, "12345678", rules, {}, false, {}});
  record.edits.heard.front().document = lost.document;
  const std::string text = dr::to_json(record);
  EXPECT_LT(text.size(), dr::record_bytes_max);
  EXPECT_EQ(dr::parse_record(text), record);
}

TEST(Record, keys_name_the_source_both_ways) {
  const auto policy = test::test_policy();
  const auto key =
      dr::record_key(policy.source_account, policy.source_region, s3::BucketName::parse("a.json.b"));
  EXPECT_EQ(key, "records/111122223333/us-west-2/a.json.b.json");
  EXPECT_EQ(dr::bucket_of_record_key(key)->text(), "a.json.b");
  EXPECT_FALSE(dr::bucket_of_record_key("records/111122223333/us-west-2/"));
  EXPECT_FALSE(dr::bucket_of_record_key("elsewhere/a.json"));
  EXPECT_FALSE(dr::bucket_of_record_key("records/x/y/-no-bucket.json"));
}

}  // namespace
}  // namespace s3dr
