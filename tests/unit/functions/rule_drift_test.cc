// What follows from a difference of our live rule: cosmetic ones are put right without a job, lossy ones start one
// job of what lacks a replica. Over the model of two regions, for each case of the drift table.
#include <gtest/gtest.h>

#include "dr/rule_drift.h"
#include "functions/record_store.h"
#include "support/drift_cases.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::DriftCase;
using test::FakePorts;
using Statuses = std::vector<s3::ReplicationStatus>;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");
const Statuses undelivered = {s3::ReplicationStatus::none, s3::ReplicationStatus::failed};

s3::ReplicationRule foreign_rule(std::int64_t priority = 1) {
  s3::ReplicationRule rule;
  rule.id = "theirs-" + std::to_string(priority);
  rule.destination.bucket_arn = "arn:aws:s3:::elsewhere";
  rule.priority = priority;
  rule.filter = s3::ReplicationFilter{"logs/", {}};
  rule.delete_marker_replication = s3::Switch::disabled;
  return rule;
}

struct Protected {
  FakePorts ports;
  explicit Protected(const dr::Policy& policy) {
    ports.world.policy = policy;
    ports.world.add_source(ledger, {{"dr", "true"}});
    ports.world.add_destination(s3::BucketName::parse("elsewhere")).versioning = s3::Versioning::enabled;
    come_to_rest();
  }
  std::vector<Outcome> come_to_rest() { return ports.run_to_rest(ledger); }
  dr::Policy& policy() { return ports.world.policy; }
  dr::Record record() { return *ports.world.record(ledger); }
  s3::ReplicationConfiguration& rules() { return *ports.world.buckets.at(ledger).replication; }
  s3::ReplicationRule& ours() {
    for (s3::ReplicationRule& rule : rules().rules) {
      if (rule.id == dr::rule_id(policy(), ledger)) return rule;
    }
    throw std::runtime_error("our rule is gone");
  }
  std::size_t jobs() { return ports.world.jobs.size(); }
  const s3::CreateReplicationJob& last_job() {
    const test::ModelJob* last = nullptr;
    for (const auto& [token, job] : ports.world.jobs) {
      if (job.description.job_id == "job-" + std::to_string(jobs())) last = &job;
    }
    return last->inputs;
  }
  bool is_right() { return dr::rule_drift(policy(), ledger, ledger_dr, rules()).empty(); }
  dr::Plan plan() {
    return dr::plan(policy(), ports.world.observe(ledger, ports.clock.now()), ports.clock.now());
  }
  // A comparison that ended now.
  void compare(std::uint64_t differences) {
    dr::Verification run;
    run.as_of = run.at = ports.clock.now();
    run.level = dr::VerifyLevel::head;
    run.generation = record().rule.generation;
    run.differences = differences;
    ports.world.change_record(ledger, dr::apply_verification(record(), run));
  }
};

void expect_by_type(const DriftCase& one) {
  auto policy = one.two_accounts ? test::two_account_policy() : test::test_policy();
  one.ask(policy);
  Protected bucket(policy);
  const std::string name = std::string(one.field) + ": " + one.what;
  ASSERT_EQ(bucket.jobs(), 1U) << name;
  EXPECT_TRUE(bucket.last_job().statuses.empty()) << name << ": the first backfill takes all versions";
  test::make_drift(one, policy, ledger, bucket.rules());
  bucket.ports.forget_calls();
  const dr::Plan plan = bucket.plan();
  bucket.come_to_rest();
  const bool is_lossy = one.type == dr::DriftType::lossy;
  EXPECT_TRUE(bucket.is_right()) << name;
  EXPECT_EQ(bucket.record().rule.generation, is_lossy ? 2 : 1) << name;
  EXPECT_EQ(bucket.jobs(), is_lossy ? 2U : 1U) << name;
  EXPECT_EQ(bucket.record().state, dr::State::verifying) << name;
  EXPECT_FALSE(bucket.record().edits.put_may_follow) << name;
  if (is_lossy) EXPECT_EQ(bucket.last_job().statuses, one.all_versions ? Statuses() : undelivered) << name;
  if (one.type == dr::DriftType::tolerated) {
    EXPECT_TRUE(bucket.ports.writes.empty()) << name;
    return;
  }
  ASSERT_FALSE(plan.actions.empty()) << name;
  const std::string said = std::string(dr::to_string(one.type)) + " drift (" + one.what + ")";
  EXPECT_NE(plan.actions.front().reason.find(said), std::string::npos) << plan.actions.front().reason;
  bucket.ports.forget_calls();
  EXPECT_EQ(bucket.ports.look(ledger).kind, Outcome::Kind::nothing_to_do) << name;
  EXPECT_TRUE(bucket.ports.writes.empty()) << name;
}

TEST(DriftOfOurRule, cosmetic_of_each_kind_starts_no_job_and_lossy_of_each_kind_one_of_what_lacks_a_replica) {
  for (const DriftCase& one : test::drift_cases()) expect_by_type(one);
}

// A release or an option that asks for another rule.
TEST(DriftOfOurRule, an_option_that_changes_nothing_that_is_replicated_starts_no_job) {
  using Change = void (*)(dr::RuleOptions&);
  const Change changes[] = {
      [](dr::RuleOptions& rule) { rule.metrics = false; },
      [](dr::RuleOptions& rule) { rule.replication_time = true; },
      [](dr::RuleOptions& rule) { rule.storage_class = "STANDARD_IA"; },
      [](dr::RuleOptions& rule) { rule.replica_modifications = true; },
      [](dr::RuleOptions& rule) { rule.priority = 9; },
      [](dr::RuleOptions& rule) { rule.delete_markers = false; },
      [](dr::RuleOptions& rule) { rule.prefix = "logs/"; },
  };
  for (const Change change : changes) {
    Protected bucket(test::test_policy());
    change(bucket.policy().rule);
    EXPECT_NE(
        bucket.plan().actions.front().reason.find("the configuration asks for another rule, cosmetic drift"),
        std::string::npos);
    bucket.come_to_rest();
    EXPECT_TRUE(bucket.is_right());
    EXPECT_EQ(bucket.jobs(), 1U);
    EXPECT_EQ(bucket.record().rule.generation, 1);
    EXPECT_EQ(bucket.record().rule.desired, dr::desired_of(bucket.policy(), ledger, ledger_dr));
  }
}

// What the rule did not take before may be COMPLETED for rules of others that are gone.
TEST(DriftOfOurRule, an_option_that_takes_more_sends_all_versions_once) {
  auto policy = test::test_policy();
  policy.rule.prefix = "logs/";
  Protected bucket(policy);
  bucket.policy().rule.prefix = "";
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 2U);
  EXPECT_TRUE(bucket.last_job().statuses.empty());
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 3U);
  EXPECT_EQ(bucket.last_job().statuses, undelivered);
}

TEST(DriftOfOurRule, a_record_of_before_is_left_as_it_is_and_its_next_backfill_goes_by_status) {
  Protected bucket(test::test_policy());
  dr::Record old = bucket.record();
  old.rule.desired.reset();
  bucket.ports.world.change_record(ledger, old);
  bucket.ports.forget_calls();
  bucket.come_to_rest();
  EXPECT_TRUE(bucket.ports.writes.empty());
  bucket.ours().destination.metrics.reset();
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 1U);
  EXPECT_TRUE(bucket.record().rule.desired);
  bucket.ports.world.change_record(ledger, old);
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  EXPECT_EQ(bucket.last_job().statuses, undelivered);
}

TEST(DriftOfOurRule, what_a_newer_program_has_put_is_left_to_it_if_it_is_cosmetic) {
  Protected bucket(test::test_policy());
  dr::Record newer = bucket.record();
  newer.rule.desired->version = dr::rule_version + 1;
  bucket.ports.world.change_record(ledger, newer);
  bucket.ours().destination.metrics.reset();
  bucket.ports.forget_calls();
  bucket.come_to_rest();
  EXPECT_TRUE(bucket.ports.writes.empty());
  const auto warnings = bucket.plan().warnings;
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings.front().find("a newer s3dr has put our rule"), std::string::npos);
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  EXPECT_TRUE(bucket.is_right());
  EXPECT_EQ(bucket.jobs(), 2U);
}

// Some stores keep a rule without its metrics.
TEST(DriftOfOurRule, a_store_that_never_shows_what_is_cosmetic_gets_its_backfill) {
  FakePorts ports;
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.after = [&](const Call& call) {
    if (call.name != "source.put_bucket_replication") return;
    for (s3::ReplicationRule& rule : ports.world.buckets.at(ledger).replication->rules)
      rule.destination.metrics.reset();
  };
  EXPECT_THROW(ports.run_to_rest(ledger, 20), std::runtime_error) << "it tries to put the rule right";
  EXPECT_EQ(ports.world.jobs.size(), 1U);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
}

TEST(DriftOfOurRule, a_function_that_dies_after_putting_the_rule_right_leaves_the_put_to_be_noted) {
  Protected bucket(test::test_policy());
  const std::size_t noted = bucket.record().edits.puts.size();
  bucket.ours().destination.metrics.reset();
  bool died = false;
  bucket.ports.after = [&](const Call& call) {
    if (!died && call.name == "source.put_bucket_replication") {
      died = true;
      throw test::Crash();
    }
  };
  bucket.come_to_rest();
  EXPECT_TRUE(died);
  EXPECT_TRUE(bucket.is_right());
  EXPECT_EQ(bucket.record().edits.puts.size(), noted + 1);
  EXPECT_FALSE(bucket.record().edits.put_may_follow);
  EXPECT_EQ(bucket.jobs(), 1U);
}

// S3 has one status for all destinations of a version: COMPLETED may be about theirs alone.
TEST(BackfillByStatus, is_not_made_beside_live_rules_of_others) {
  Protected bucket(test::test_policy());
  bucket.rules().rules.push_back(foreign_rule(2));
  bucket.ours().status = s3::Switch::disabled;
  EXPECT_NE(bucket.plan().actions.front().reason.find("one status for all destinations"), std::string::npos);
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 2U);
  EXPECT_TRUE(bucket.last_job().statuses.empty());
  std::erase_if(bucket.rules().rules, [](const auto& rule) { return rule.id == "theirs-2"; });
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  EXPECT_EQ(bucket.last_job().statuses, undelivered) << "the last one was whole";
}

// The rule of another protection of ours is none of others, and its deliveries set the same status.
TEST(BackfillByStatus, is_not_made_beside_the_live_rule_of_another_protection) {
  dr::Policy policy = test::test_policy();
  dr::OtherProtection far;
  far.name = "far";
  far.destination = {policy.destination_account, s3::Region::parse("eu-west-1")};
  policy.others = {far};
  Protected bucket(policy);
  s3::ReplicationRule rule = foreign_rule(2);
  rule.id = dr::rule_id(policy, ledger, far.destination);
  bucket.rules().rules.push_back(rule);
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 2U);
  EXPECT_TRUE(bucket.last_job().statuses.empty());
}

TEST(BackfillByStatus, is_made_beside_rules_of_others_that_are_disabled) {
  Protected bucket(test::test_policy());
  bucket.rules().rules.push_back(foreign_rule(2));
  bucket.rules().rules.back().status = s3::Switch::disabled;
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  EXPECT_EQ(bucket.last_job().statuses, undelivered);
}

TEST(BackfillByStatus, a_rule_of_others_that_came_and_went_in_the_gap_is_known_by_its_event) {
  Protected bucket(test::test_policy());
  bucket.ours().status = s3::Switch::disabled;
  dr::Record heard = bucket.record();
  dr::ReplicationEdit edit{bucket.ports.clock.now() + milliseconds(3'600'000), "event-1", "somebody",
                           bucket.rules()};
  edit.configuration.rules.push_back(foreign_rule(2));
  heard.edits = dr::with_edit(heard.edits, bucket.policy(), ledger, edit);
  bucket.ports.world.change_record(ledger, heard);
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 2U);
  EXPECT_TRUE(bucket.last_job().statuses.empty());
}

TEST(BackfillByStatus, a_rule_of_others_that_comes_before_ours_is_live_again_counts) {
  Protected bucket(test::test_policy());
  bucket.ours().status = s3::Switch::disabled;
  bucket.ports.before = [&](const Call& call) {
    const bool recorded = bucket.record().rule.generation == 2;
    const bool there = bucket.rules().rules.size() > 1;
    if (call.name == "source.get_bucket_replication" && recorded && !there)
      bucket.rules().rules.push_back(foreign_rule(2));
  };
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 2U);
  EXPECT_TRUE(bucket.last_job().statuses.empty());
}

TEST(BackfillByStatus, is_not_made_after_one_that_was_not_whole) {
  Protected bucket(test::test_policy());
  bucket.ours().status = s3::Switch::disabled;
  dr::Record running = bucket.record();
  running.backfill->status = dr::BackfillStatus::exhausted;
  bucket.ports.world.change_record(ledger, running);
  bucket.come_to_rest();
  EXPECT_TRUE(bucket.last_job().statuses.empty());
}

TEST(BackfillByStatus, a_job_that_finds_nothing_is_complete_without_a_listing) {
  Protected bucket(test::test_policy());
  bucket.ports.world.buckets.at(ledger).versions.push_back({});  // replicated long ago
  bucket.ports.after = [&](const Call& call) {
    if (call.name != "jobs.create_job") return;
    for (auto& [token, job] : bucket.ports.world.jobs) {
      if (job.description.status != s3::JobStatus::active) continue;
      job.description.status = s3::JobStatus::failed;
      job.description.failure_reasons = {
          "ManifestGenerationFailure: Manifest generation found no keys matching the filter criteria."};
    }
  };
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 2U);
  EXPECT_EQ(bucket.record().backfill->status, dr::BackfillStatus::complete);
  EXPECT_EQ(bucket.record().reason, "backfill complete: no version lacked a replica");
}

// The first job tried every version. What it did not deliver is FAILED.
TEST(BackfillByStatus, the_attempt_after_a_complete_job_takes_what_failed_and_after_a_failed_job_all) {
  for (const bool complete : {true, false}) {
    FakePorts ports;
    ports.world.add_source(ledger, {{"dr", "true"}});
    bool ended = false;
    ports.after = [&](const Call& call) {
      if (ended || call.name != "jobs.create_job") return;
      ended = true;
      ports.world.end_jobs(complete ? s3::JobStatus::complete : s3::JobStatus::failed, 3);
    };
    ports.run_to_rest(ledger);
    ASSERT_EQ(ports.world.jobs.size(), 2U);
    const auto& second = ports.world.jobs.rbegin()->second.inputs;
    EXPECT_TRUE(second.client_request_token.ends_with("-1-2"));
    EXPECT_EQ(second.statuses, complete ? undelivered : Statuses());
  }
}

// Tags that were changed while the rule was off do not show in a status. A comparison finds them.
TEST(BackfillByStatus, if_the_replica_still_differs_after_it_all_versions_are_sent_once) {
  Protected bucket(test::test_policy());
  bucket.compare(0);
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  ASSERT_EQ(bucket.last_job().statuses, undelivered);
  bucket.compare(3);
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 2U) << "what is on its way is a difference for a while";
  bucket.ports.clock.advance(milliseconds(600'000));
  bucket.compare(3);
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 3U);
  EXPECT_TRUE(bucket.last_job().statuses.empty());
  EXPECT_EQ(bucket.record().rule.generation, 3);
  for (int again = 0; again < 3; ++again) {
    bucket.ports.clock.advance(milliseconds(600'000));
    bucket.compare(3);
    bucket.come_to_rest();
  }
  EXPECT_EQ(bucket.jobs(), 3U) << "sending all once more would not help";
}

TEST(BackfillByStatus, differences_after_an_equal_comparison_are_of_a_later_cause) {
  Protected bucket(test::test_policy());
  bucket.ours().status = s3::Switch::disabled;
  bucket.come_to_rest();
  bucket.compare(0);
  EXPECT_EQ(bucket.record().state, dr::State::protected_);
  bucket.ours().status = s3::Switch::disabled;
  bucket.ports.clock.advance(milliseconds(600'000));
  bucket.compare(5);  // in the gap
  bucket.come_to_rest();
  EXPECT_EQ(bucket.jobs(), 3U);
  EXPECT_EQ(bucket.last_job().statuses, undelivered);
}

TEST(RuleLimits, a_full_configuration_is_a_conflict_before_anything_is_written) {
  FakePorts ports;
  ports.world.add_destination(s3::BucketName::parse("elsewhere")).versioning = s3::Versioning::enabled;
  ports.world.add_source(ledger, {{"dr", "true"}}).versioning = s3::Versioning::enabled;
  s3::ReplicationConfiguration full{"arn:aws:iam::111122223333:role/theirs", {}};
  for (int i = 1; i <= 1'000; ++i) full.rules.push_back(foreign_rule(i));
  ports.world.buckets.at(ledger).replication = full;
  ports.run_to_rest(ledger);
  const dr::Record record = *ports.world.record(ledger);
  EXPECT_EQ(record.state, dr::State::conflict);
  EXPECT_EQ(record.reason,
            "bucket ledger has 1000 other replication rules; S3 takes at most 1000, so there is no room "
            "for ours");
  EXPECT_EQ(ports.world.buckets.at(ledger).replication, full);
  EXPECT_FALSE(ports.world.buckets.contains(ledger_dr));
  ports.world.buckets.at(ledger).replication->rules.pop_back();
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
  EXPECT_EQ(ports.world.buckets.at(ledger).replication->rules.size(), 1'000U);
}

TEST(RuleLimits, a_priority_that_another_rule_has_is_a_conflict_if_it_is_asked_for) {
  FakePorts ports;
  ports.world.policy.rule.priority = 7;
  ports.world.add_destination(s3::BucketName::parse("elsewhere")).versioning = s3::Versioning::enabled;
  ports.world.add_source(ledger, {{"dr", "true"}}).versioning = s3::Versioning::enabled;
  ports.world.buckets.at(ledger).replication = s3::ReplicationConfiguration{"role", {foreign_rule(7)}};
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::conflict);
  EXPECT_NE(ports.world.record(ledger)->reason.find("has the priority 7, which rule.priority"),
            std::string::npos);
  ports.world.policy.rule.priority = 8;
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
  EXPECT_EQ(ports.world.buckets.at(ledger).replication->rules.back().priority, 8);
}

}  // namespace
}  // namespace s3dr
