// What `status` calls healthy, how it is told, and with which exit code.
#include "app/status/status_report.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "app/exit_code.h"
#include "base/encoding.h"
#include "dr/plan.h"
#include "dr/replication_rule.h"
#include "s3/xml_bucket.h"

namespace s3dr::app {
namespace {

const Instant now = *from_iso8601("2026-08-01T13:30:00Z");

dr::Policy policy() {
  dr::Policy result;
  result.source_region = s3::Region::parse("us-west-2");
  result.destination_region = s3::Region::parse("us-east-2");
  result.source_account = result.destination_account = s3::AccountId::parse("111122223333");
  return dr::with_default_buckets(result);
}

// A verified protection.
dr::Record verified(const std::string& bucket) {
  const auto source = s3::BucketName::parse(bucket);
  dr::Record record =
      dr::first_record(policy(), source, s3::BucketName::parse(bucket + "-dr"), "00112233445566778899", now);
  record.claim = dr::Claim::established;
  record.rule = {"s3dr", 1, dr::RuleState::live, ""};
  record.backfill.emplace();
  record.backfill->generation = 1;
  record.backfill->status = dr::BackfillStatus::complete;
  record.state = dr::State::protected_;
  record.verified = dr::Verification{now, now, dr::VerifyLevel::head, 1};
  record.settings.checked = now;
  return record;
}

StatusEntry entry(dr::Record record) {
  return entry_of(std::move(record));
}

StatusEntry without_record(const std::string& bucket, Unrecorded kind, const std::string& detail) {
  StatusEntry result;
  result.bucket = s3::BucketName::parse(bucket);
  result.unrecorded = UnrecordedBucket{result.bucket, policy().source_region, kind, detail};
  result.health = judge(kind, policy(), result.bucket, detail);
  return result;
}

dr::Heartbeat beat(Instant at) {
  dr::SweepRound round;
  round.program = "s3dr serve";
  round.version = "0.1.0";
  round.at = at;
  round.interval = milliseconds(300'000);
  round.account = policy().source_account;
  round.source_region = policy().source_region;
  round.destination_region = policy().destination_region;
  round.source = round.destination = dr::Contact{};
  return dr::after_round(std::nullopt, round);
}

StatusReport report(std::optional<dr::Heartbeat> heartbeat) {
  StatusReport result;
  result.heartbeat = std::move(heartbeat);
  result.now = now;
  result.watch = judge(result.heartbeat, "s3dr.yaml", now);
  result.reachable = reachable_by(result.heartbeat, now);
  return result;
}

StatusReport watched() {
  return report(beat(now - milliseconds(12'000)));
}

TEST(Status, OnlyAVerifiedProtectionUnderAFreshHeartbeatIsHealthy) {
  StatusReport all = watched();
  all.entries = {entry(verified("photos"))};
  EXPECT_EQ(exit_code_of(all), exit_done);
  EXPECT_TRUE(as_table(all, 0).starts_with(
      "The bucket is healthy. Last sweep 12s ago by s3dr serve 0.1.0, every 5m 0s.\n"))
      << as_table(all, 0);
  EXPECT_EQ(as_table(all, 0).find("next:"), std::string::npos);

  StatusReport stale = report(beat(now - milliseconds(901'000)));
  stale.entries = all.entries;
  EXPECT_EQ(exit_code_of(stale), exit_differences);
  EXPECT_NE(as_table(stale, 0).find("nobody is watching since 13:14:59 UTC"), std::string::npos)
      << as_table(stale, 0);
  StatusReport never = report(std::nullopt);
  never.entries = all.entries;
  EXPECT_EQ(exit_code_of(never), exit_differences);
  EXPECT_NE(as_table(never, 0).find("next: s3dr serve --config s3dr.yaml"), std::string::npos);
}

TEST(Status, AFreshHeartbeatOfASweepThatNeverSeesEverythingIsNotHealthy) {
  dr::Heartbeat heartbeat = beat(now - milliseconds(12'000));
  heartbeat.complete_at = now - milliseconds(900'001);
  StatusReport all = report(heartbeat);
  all.entries = {entry(verified("photos"))};
  EXPECT_EQ(exit_code_of(all), exit_differences);
  EXPECT_NE(as_table(all, 0).find("no sweep has seen every bucket since 13:14:59 UTC\n"), std::string::npos)
      << as_table(all, 0);
  heartbeat.complete_at = now - milliseconds(900'000);
  all.watch = judge(heartbeat, "s3dr.yaml", now);
  EXPECT_EQ(exit_code_of(all), exit_done);
}

TEST(Status, AHeartbeatThatCannotBeReadIsNotTheLackOfOne) {
  StatusReport all = watched();
  all.heartbeat.reset();
  all.watch = judge_unreadable_heartbeat("heartbeat: not JSON", "s3dr.yaml");
  all.entries = {entry(verified("photos"))};
  EXPECT_EQ(exit_code_of(all), exit_differences);
  const std::string text = as_table(all, 0);
  EXPECT_TRUE(
      text.starts_with("Not known to be healthy. By the records, which may be old: The bucket is healthy. "
                       "The last sweep is not known.\n"))
      << text;
  EXPECT_NE(text.find("nobody is known to watch: the heartbeat cannot be read: heartbeat: not JSON\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("next: s3dr serve --config s3dr.yaml"), std::string::npos) << text;
}

TEST(Status, EveryStateButProtectedIsUnhealthyAndSaysWhatHelps) {
  for (const dr::State state : {dr::State::pending, dr::State::replica_ready, dr::State::backfilling,
                                dr::State::verifying, dr::State::paused, dr::State::degraded,
                                dr::State::conflict, dr::State::source_gone, dr::State::source_recreated}) {
    dr::Record record = verified("photos");
    record.state = state;
    StatusReport all = watched();
    all.entries = {entry(record)};
    EXPECT_EQ(exit_code_of(all), exit_differences) << dr::to_string(state);
    EXPECT_NE(as_table(all, 0).find("\n  next: s3dr "), std::string::npos) << dr::to_string(state);
  }
  dr::Record renewed = verified("photos");
  renewed.rule.generation = 2;  // the proof is of the rule before
  EXPECT_FALSE(judge(renewed).healthy());
}

TEST(Status, WhatAStateMakesBrokenHasAConditionForTheAlarm) {
  int broken = 0;
  for (int number = 0; number < static_cast<int>(dr::State::unprotected);
       ++number) {  // those after it are never stored
    dr::Record record = verified("photos");
    record.state = static_cast<dr::State>(number);
    const bool is_broken = judge(record).severity == Severity::broken;
    EXPECT_EQ(is_broken, dr::for_a_person(dr::conditions_of(record)).has_value())
        << dr::to_string(record.state);
    EXPECT_EQ(is_broken, dr::needs_a_person(record.state)) << dr::to_string(record.state);
    broken += is_broken ? 1 : 0;
  }
  EXPECT_EQ(broken, 4);
}

TEST(Status, ARecordThatANewerProgramKeepsIsShownAndNeverHealthy) {
  dr::Record record = verified("photos");
  record.min_writer = dr::writer_version + 1;
  StatusReport all = watched();
  all.entries = {entry(record)};
  EXPECT_EQ(exit_code_of(all), exit_failed);
  const std::string table = as_table(all, 0);
  EXPECT_NE(table.find("a newer s3dr (writer 3) keeps its record; this one leaves it alone"),
            std::string::npos)
      << table;
  record.state = dr::State::degraded;
  record.reason = "the replica was deleted";
  EXPECT_EQ(judge(record).severity, Severity::broken);
  EXPECT_NE(judge(record).why.find("leaves it alone. Besides, the replica was deleted"), std::string::npos)
      << judge(record).why;
}

TEST(Status, ASourceThatCollapsedIsNotGreen) {
  dr::Record record = verified("photos");
  record.collapse = dr::Collapse{2000, 0, now, {}};
  EXPECT_FALSE(judge(record).healthy());
  EXPECT_NE(judge(record).why.find("from 2000 to 0 versions"), std::string::npos) << judge(record).why;
}

dr::LostRules lost_rules() {
  s3::ReplicationRule rule;
  rule.id = "theirs";
  rule.filter = s3::ReplicationFilter{"logs/", {}};
  rule.destination.bucket_arn = "arn:aws:s3:::archive";
  return {*from_iso8601("2026-08-01T13:20:12Z"),
          *from_iso8601("2026-08-01T13:20:12.500Z"),
          now,
          "event-1",
          "arn:aws:iam::111122223333:user/maria",
          {dr::fingerprint(rule)},
          s3::write_replication_configuration({"arn:aws:iam::111122223333:role/theirs", {rule}}),
          {},
          {}};
}

TEST(Status, LostRulesOfOthersAreNotGreenAndShowTheDocument) {
  dr::Record record = verified("photos");
  record.edits.lost = lost_rules();
  StatusReport all = watched();
  all.entries = {entry(record)};
  EXPECT_EQ(exit_code_of(all), exit_differences);
  const std::string table = as_table(all, 0);
  EXPECT_NE(table.find("1 protected with lost rules"), std::string::npos) << table;
  EXPECT_NE(table.find("\"theirs\" → archive"), std::string::npos) << table;
  EXPECT_NE(table.find("user/maria"), std::string::npos) << table;
  EXPECT_NE(table.find("next: s3dr rules restore photos"), std::string::npos) << table;
  EXPECT_NE(table.find("<Prefix>logs/</Prefix>"), std::string::npos) << table;
  const auto json = boost::json::parse(as_json(all));
  const auto& one = json.at("protections").at(0);
  EXPECT_FALSE(one.at("healthy").as_bool());
  EXPECT_EQ(one.at("condition"), "RulesLost");
  EXPECT_EQ(one.at("record").at("replication_edits").at("lost").at("id"), "event-1");

  // Something worse does not hide it.
  record.state = dr::State::conflict;
  const Health both = judge(record);
  EXPECT_NE(both.next.find("s3dr plan photos; then: s3dr rules restore photos"), std::string::npos)
      << both.next;
  // Too many to be kept: where they are.
  record.edits.lost->document.clear();
  EXPECT_NE(judge(record).next.find("event-1"), std::string::npos);
}

TEST(Status, ALostReplicaIsMadeAnew) {
  dr::Record record = verified("photos");
  record.state = dr::State::degraded;
  record.claim = dr::Claim::lost;
  EXPECT_EQ(judge(record).next, "s3dr protect photos --new-replica");
}

TEST(Status, ADeadSourceRegionIsNotGreen) {
  dr::Heartbeat heartbeat = beat(now);
  heartbeat.source.failing_since = *from_iso8601("2026-08-01T13:20:12Z");
  heartbeat.source.unreachable = true;
  StatusReport dead = report(heartbeat);
  dead.entries = {entry(verified("photos"))};
  EXPECT_EQ(exit_code_of(dead), exit_differences);
  EXPECT_NE(as_table(dead, 0).find("\nus-west-2 unreachable since 13:20:12 UTC\n"), std::string::npos)
      << as_table(dead, 0);
  const auto json = boost::json::parse(as_json(dead)).as_object();
  EXPECT_FALSE(json.at("healthy").as_bool());
  EXPECT_EQ(json.at("watch").at("why").at(0).as_string(), "us-west-2 unreachable since 13:20:12 UTC");
  EXPECT_EQ(json.at("watch").at("heartbeat").at("source").at("failing_since").as_string(),
            "2026-08-01T13:20:12.000Z");
}

TEST(Status, WorstFirstAfterASummary) {
  dr::Record conflict = verified("zebra");
  conflict.state = dr::State::conflict;
  dr::Record paused = verified("middle");
  paused.state = dr::State::paused;
  StatusReport all = watched();
  all.entries = {entry(verified("alpha")), entry(paused), entry(conflict),
                 without_record("tagged", Unrecorded::not_seen_yet, "")};
  sort_entries(all.entries);
  const std::string text = as_table(all, 0);
  EXPECT_TRUE(text.starts_with("3 of 4 buckets are not healthy: 1 conflict, 1 not seen yet, 1 paused."))
      << text;
  EXPECT_LT(text.find("\nzebra"), text.find("\ntagged"));
  EXPECT_LT(text.find("\ntagged"), text.find("\nmiddle"));
  EXPECT_LT(text.find("\nmiddle"), text.find("\nalpha"));
}

TEST(Status, SeveralProtectionsAreRowsOfOneTable) {
  StatusReport near = report(beat(now));
  near.control_bucket = "control-near";
  near.entries.push_back(entry(verified("photos")));
  near.entries.back().protection = "near";
  StatusReport vault = report(std::nullopt);
  vault.control_bucket = "control-vault";
  vault.entries.push_back(entry(verified("photos")));
  vault.entries.back().protection = "vault";
  vault.unknown = {"what became of photos"};
  ASSERT_TRUE(near.watch.healthy());
  add_protection(near, vault, "vault");
  add_protection(near, vault, "vault");  // a third one of the same destination
  EXPECT_EQ(near.entries.size(), 3U);
  EXPECT_FALSE(near.watch.watched) << "nobody watches the second destination";
  EXPECT_TRUE(near.watch.sentences.front().starts_with("vault: nobody is watching"));
  EXPECT_EQ(near.unknown.front(), "vault: what became of photos");
  ASSERT_EQ(near.others.size(), 1U);
  const std::string table = as_table(near, 0);
  EXPECT_NE(table.find("PROTECTION"), std::string::npos);
  EXPECT_NE(table.find("vault"), std::string::npos);
  const auto told = boost::json::parse(as_json(near)).as_object();
  EXPECT_EQ(told.at("protections").at(1).at("protection_name"), "vault");
  EXPECT_EQ(told.at("other_destinations").at(0).at("control_bucket"), "control-vault");
  EXPECT_EQ(as_table(report(beat(now)), 0).find("PROTECTION"), std::string::npos);
}

TEST(Status, WhoWaitsForAJobHasAPlaceInTheLine) {
  const auto waiting = [](const std::string& bucket, milliseconds for_how_long) {
    dr::Record record = verified(bucket);
    record.state = dr::State::backfilling;
    record.verified.reset();
    record.backfill->status = dr::BackfillStatus::planned;
    record.backfill->waiting_since = now - for_how_long;
    if (for_how_long < milliseconds(0)) record.backfill->not_before = now - for_how_long;
    return entry(record);
  };
  std::vector<StatusEntry> entries{waiting("second", milliseconds(60'000)),
                                   waiting("not-yet", milliseconds(-60'000)), entry(verified("done")),
                                   waiting("first", milliseconds(120'000))};
  set_job_places(entries, now);
  ASSERT_TRUE(entries[0].job_place);
  EXPECT_EQ(*entries[0].job_place, (StatusEntry::JobPlace{2, 2, now - milliseconds(60'000)}));
  EXPECT_EQ(entries[3].job_place->place, 1u);
  EXPECT_FALSE(entries[1].job_place);
  EXPECT_FALSE(entries[2].job_place);
  StatusReport all = report(beat(now));
  all.entries = entries;
  const std::string table = as_table(all, 0);
  EXPECT_NE(table.find("waits, place 1 of 2"), std::string::npos) << table;
  EXPECT_NE(table.find("in line for a replication job: place 2 of 2, waiting since 13:29:00 UTC"),
            std::string::npos);
  EXPECT_NE(as_json(all).find(R"("waits_for_job":{"place":2,"of":2,"since":"2026-08-01T13:29:00)"),
            std::string::npos);
}

TEST(Status, BucketsWithoutARecordSayWhy) {
  StatusReport all = watched();
  all.entries = {without_record("far", Unrecorded::wrong_region, "eu-west-1"),
                 without_record("near", Unrecorded::near_miss, "DR=True"),
                 without_record("fresh", Unrecorded::not_seen_yet, "")};
  const std::string text = as_table(all, 0);
  EXPECT_NE(text.find("tagged, but it is in eu-west-1"), std::string::npos) << text;
  EXPECT_NE(text.find("its tag DR=True is not dr=true"), std::string::npos);
  EXPECT_NE(text.find("no sweep has taken it up"), std::string::npos);
  EXPECT_EQ(exit_code_of(all), exit_differences);
  const auto json = boost::json::parse(as_json(all)).as_object();
  EXPECT_EQ(json.at("unrecorded").as_array().size(), 3U);
  EXPECT_EQ(json.at("unrecorded").at(0).at("kind").as_string(), "wrong region");
}

TEST(Status, WhatCannotBeKnownIsNeitherHealthyNorUnhealthy) {
  StatusReport all = watched();
  all.entries = {entry(verified("alpha")), without_record("closed", Unrecorded::cannot_be_read, "denied")};
  EXPECT_EQ(exit_code_of(all), exit_failed);
  all.entries.pop_back();
  all.unknown = {"which tagged buckets have no record"};
  EXPECT_EQ(exit_code_of(all), exit_failed);
  dr::Record paused = verified("middle");
  paused.state = dr::State::paused;
  all.entries.push_back(entry(paused));
  EXPECT_EQ(exit_code_of(all), exit_differences) << "what is known to be wrong comes first";
}

TEST(Status, NamesAreWholeOnANarrowTerminal) {
  const std::string name(57, 'b');
  StatusReport all = watched();
  dr::Record record = verified(name);
  record.state = dr::State::conflict;
  record.reason = "a rule of somebody else feeds the same replica and nobody knows why";
  all.entries = {entry(record)};
  const std::string text = as_table(all, 80);
  EXPECT_NE(text.find(name + " "), std::string::npos) << text;
  EXPECT_NE(text.find(name + "-dr"), std::string::npos) << text;
  EXPECT_EQ(text.find("…"), std::string::npos) << text;
}

}  // namespace
}  // namespace s3dr::app
