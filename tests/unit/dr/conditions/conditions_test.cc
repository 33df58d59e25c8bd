// The table of conditions, the causes that are told, and since when a condition has its status.
#include "dr/conditions/conditions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/model_world.h"

namespace s3dr {
namespace {

using dr::Condition;
using dr::ConditionType;
using dr::Truth;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const Instant start = Instant(milliseconds(1'790'000'000'000));

// A verified protection.
dr::Record verified() {
  auto record =
      dr::first_record(test::test_policy(), ledger, s3::BucketName::parse("ledger-dr"), "00ff", start);
  record.claim = dr::Claim::established;
  record.rule.generation = 1;
  record.rule.state = dr::RuleState::live;
  record.backfill.emplace();
  record.backfill->generation = record.backfill->attempt = 1;
  record.backfill->inputs.account = record.source.account;
  record.backfill->inputs.source_bucket = ledger;
  record.backfill->inputs.report_bucket = test::test_policy().reports_bucket;
  record.backfill->status = dr::BackfillStatus::complete;
  record.verified = dr::Verification{start, start, dr::VerifyLevel::head, 1, 10};
  record.settings.checked = start;
  return dr::moved_to(record, dr::State::protected_, "verified", start);
}

Condition told(const dr::Record& record, ConditionType type) {
  return dr::find_condition(dr::conditions_of(record), type);
}

std::string causes_of(const dr::Record& record) {
  std::string text;
  for (const Condition& one : dr::causes(dr::conditions_of(record))) {
    if (one.type == ConditionType::reachable) continue;
    text += std::string(text.empty() ? "" : ", ") + std::string(dr::to_string(one.type)) + "=" +
            std::string(dr::to_string(one.status)) + " " + one.reason;
  }
  return text;
}

TEST(Conditions, HaveOneRowAType) {
  const auto table = dr::condition_table();
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(table[i].type), i) << table[i].name;
    EXPECT_TRUE(names.insert(table[i].name).second) << table[i].name;
    EXPECT_FALSE(table[i].meaning.empty());
    EXPECT_NE(table[i].healthy, Truth::unknown) << "unknown is never healthy";
  }
  EXPECT_EQ(table.back().type, ConditionType::settings_in_sync);
  EXPECT_EQ(dr::conditions_of(verified()).size(), table.size());
}

TEST(Conditions, OfAVerifiedProtectionAreHealthyButForWhatTheRecordCannotTell) {
  for (const Condition& one : dr::conditions_of(verified())) {
    EXPECT_EQ(one.healthy(), one.type != ConditionType::reachable) << dr::to_string(one.type);
    EXPECT_FALSE(one.reason.empty());
    EXPECT_FALSE(one.message.empty());
  }
  EXPECT_EQ(causes_of(verified()), "");
}

dr::SettingRecord setting(const std::string& word, dr::SettingStatus status) {
  dr::SettingRecord result;
  result.word = word;
  result.status = status;
  return result;
}

TEST(Conditions, SettingsAreInSyncOnlyIfNobodyHasToCareAboutAnyOfThem) {
  using enum dr::SettingStatus;
  auto record = verified();
  record.settings.kinds = {setting("cors", in_sync), setting("notification", on_failover),
                           setting("website", ignored)};
  EXPECT_EQ(causes_of(record), "");
  const std::pair<dr::SettingStatus, std::string> unhealthy[] = {
      {held, "false Held"},        {refused, "false Refused"}, {by_hand, "false ChangedByHand"},
      {left_out, "false LeftOut"}, {warned, "false Differs"},  {unknown, "unknown NotSeen"}};
  for (const auto& [status, said] : unhealthy) {
    record.settings.kinds[0].status = status;
    EXPECT_EQ(causes_of(record), "SettingsInSync=" + said);
    EXPECT_NE(told(record, ConditionType::settings_in_sync).message.find("cors"), std::string::npos);
    // The objects are safe all the same.
    EXPECT_EQ(told(record, ConditionType::protected_).status, Truth::yes);
  }
  record.settings.kinds = {setting("cors", left_out), setting("lifecycle", held), setting("acl", held),
                           setting("abac", unknown)};
  EXPECT_EQ(told(record, ConditionType::settings_in_sync).message,
            "weaker at the source, waits for s3dr settings accept: lifecycle, acl; cannot be had over there: "
            "cors; not seen: abac");
  record.settings = {};
  EXPECT_EQ(causes_of(record), "SettingsInSync=unknown NotLookedAt");
}

TEST(Conditions, ACauseIsToldOnceAndWhatFollowsFromItIsNot) {
  auto record = verified();
  record.state = dr::State::paused;
  record.rule.state = dr::RuleState::disabled;
  EXPECT_EQ(causes_of(record), "Tagged=false Untagged");

  record = verified();
  record.state = dr::State::degraded;
  record.claim = dr::Claim::lost;
  EXPECT_EQ(causes_of(record), "ReplicaReady=false ReplicaLost");

  record = verified();
  record.state = dr::State::pending;
  record.claim = dr::Claim::intended;
  record.rule = {};
  record.backfill.reset();
  record.verified.reset();
  EXPECT_EQ(causes_of(record), "ReplicaReady=false NotMadeYet");

  record = verified();
  record.state = dr::State::degraded;
  record.backfill->status = dr::BackfillStatus::exhausted;
  record.verified.reset();
  EXPECT_EQ(causes_of(record), "BackfillComplete=false GivenUp");

  record = verified();
  record.state = dr::State::verifying;
  record.verified.reset();
  record.last_difference = dr::Verification{start, start, dr::VerifyLevel::head, 1, 10};
  record.last_difference->differences = 3;
  record.collapse = dr::Collapse{2000, 0, start, {}};
  EXPECT_EQ(causes_of(record), "Verified=false DifferencesFound, Suspicious=true SourceCollapsed");
  EXPECT_EQ(told(record, ConditionType::protected_).reason, "DifferencesFound");

  record = verified();
  record.collapse = dr::Collapse{2000, 0, start, {}};
  EXPECT_EQ(told(record, ConditionType::protected_).status, Truth::yes) << "suspicious is another matter";
}

TEST(Conditions, ARecordOfANewerProgramIsNotKnownToBeProtected) {
  auto record = verified();
  record.min_writer = dr::writer_version + 1;
  EXPECT_EQ(told(record, ConditionType::protected_).status, Truth::unknown);
  EXPECT_EQ(causes_of(record), "Permitted=unknown NewerProgram");
}

TEST(Conditions, AnotherLookHidesWhatTheRecordTells) {
  Condition silent;
  silent.type = ConditionType::reachable;
  silent.status = Truth::no;
  silent.reason = dr::reason::no_answer;
  const auto hidden = dr::with_condition(dr::conditions_of(verified()), silent);
  EXPECT_EQ(hidden.front().status, Truth::unknown) << "it was protected when a function looked last";
  Condition gone;
  gone.type = ConditionType::source_present;
  gone.status = Truth::no;
  EXPECT_EQ(dr::with_condition(dr::conditions_of(verified()), gone).front().status, Truth::no);
}

TEST(Conditions, AFailureHasAWord) {
  EXPECT_EQ(dr::condition_of(ErrorKind::denied),
            (dr::ConditionWord{ConditionType::permitted, "AccessDenied"}));
  EXPECT_EQ(dr::condition_of(ErrorKind::invalid), (dr::ConditionWord{ConditionType::permitted, "Refused"}));
  EXPECT_EQ(dr::condition_of(ErrorKind::corrupt),
            (dr::ConditionWord{ConditionType::reachable, "Unreadable"}));
  EXPECT_EQ(dr::condition_of(std::nullopt), (dr::ConditionWord{ConditionType::protected_, "Blocked"}));
}

struct Marks : testing::Test {
  Instant now = start;
  std::optional<dr::Record> stored;

  // What functions/record_store.h does, an hour after the write before.
  void write(dr::Record next) {
    now += milliseconds(3'600'000);
    stored = dr::with_condition_marks(stored ? &*stored : nullptr, std::move(next), now);
    stored = dr::parse_record(dr::to_json(*stored));
  }
  std::optional<Instant> since(ConditionType type) { return told(*stored, type).since; }
};

TEST_F(Marks, TellSinceWhenEachConditionHasItsStatus) {
  write(verified());
  const Instant first = now;
  EXPECT_EQ(since(ConditionType::protected_), first);
  EXPECT_EQ(since(ConditionType::reachable), std::nullopt) << "the record does not tell it";

  auto next = *stored;
  next.reason = "another word, the same statuses";
  write(next);
  EXPECT_EQ(since(ConditionType::protected_), first);

  next = *stored;
  next.collapse = dr::Collapse{2000, 0, now, {}};
  write(next);
  EXPECT_EQ(since(ConditionType::suspicious), now);
  EXPECT_EQ(since(ConditionType::verified), first);

  next = *stored;
  next.collapse.reset();
  write(next);
  EXPECT_EQ(since(ConditionType::suspicious), now) << "false since then";
  EXPECT_EQ(since(ConditionType::verified), first);
}

TEST_F(Marks, SayNothingOfWhatNobodyNoted) {
  stored = verified();  // by a program that knew no marks
  auto next = *stored;
  next.state = dr::State::paused;
  next.rule.state = dr::RuleState::disabled;
  write(next);
  EXPECT_EQ(since(ConditionType::tagged), now) << "this write changed it";
  EXPECT_EQ(since(ConditionType::replica_ready), std::nullopt) << "it was so before";

  // That program writes again, and keeps the marks that it does not understand.
  stored->state = dr::State::protected_;
  stored->rule.state = dr::RuleState::live;
  EXPECT_EQ(since(ConditionType::tagged), std::nullopt) << "the mark tells of the status before";
  write(*stored);
  EXPECT_EQ(since(ConditionType::tagged), std::nullopt) << "this write did not change it";
}

TEST_F(Marks, OfANewerProgramAreKept) {
  auto record = verified();
  record.conditions = {{"Fenced", Truth::yes, start, {}}};
  write(record);
  write(*stored);
  EXPECT_EQ(stored->conditions.back(), (dr::ConditionMark{"Fenced", Truth::yes, start, {}}));
  EXPECT_EQ(stored->conditions.size(), dr::condition_table().size());  // Reachable has no mark
}

TEST(Obstructions, AreNotedOnceAndTakenAway) {
  const auto record = verified();
  const auto noted = dr::with_obstruction(record, "enable_replication", "AccessDenied", "no right", start);
  EXPECT_EQ(causes_of(noted), "Permitted=false AccessDenied");
  const auto later = start + milliseconds(1000);
  EXPECT_EQ(dr::with_obstruction(noted, "enable_replication", "AccessDenied", "no right", later), noted);
  const auto other =
      dr::with_obstruction(noted, "enable_replication", "AccessDenied", "another right", later);
  EXPECT_EQ(other.obstructions.front().since, start);
  EXPECT_EQ(other.obstructions.front().why, "another right");
  const auto both = dr::with_obstruction(noted, "source_bucket_check", "Refused", "400", later);
  EXPECT_EQ(both.obstructions.size(), 2U);
  const auto one = dr::with_obstruction(both, "enable_replication", "", "", later);
  ASSERT_EQ(one.obstructions.size(), 1U);
  EXPECT_EQ(one.obstructions.front().function, "source_bucket_check");
  EXPECT_EQ(dr::with_obstruction(record, "enable_replication", "", "", later), record);
  EXPECT_EQ(
      dr::with_obstruction(record, "f", "Refused", std::string(5000, 'x'), start).obstructions[0].why.size(),
      dr::obstruction_bytes_max);
}

}  // namespace
}  // namespace s3dr
