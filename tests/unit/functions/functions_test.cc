// The three functions over the model of two regions: test names are sentences of docs/architecture.md, What
// is decided.
#include <gtest/gtest.h>

#include <algorithm>

#include "dr/rule_drift.h"
#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::Crash;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

s3::ReplicationRule foreign_rule(const std::string& destination, bool v1 = false) {
  s3::ReplicationRule rule;
  rule.id = "theirs";
  rule.destination.bucket_arn = "arn:aws:s3:::" + destination;
  if (v1) {
    rule.v1_prefix = "";
    return rule;
  }
  rule.priority = 1;
  rule.filter = s3::ReplicationFilter{"logs/", {}};
  rule.delete_marker_replication = s3::Switch::disabled;
  return rule;
}

struct Functions : ::testing::Test {
  FakePorts ports;
  void SetUp() override { ports.world.add_source(ledger, {{"dr", "true"}, {"team", "fin"}}); }
  void protect() { ports.run_to_rest(ledger); }
  dr::Record record() { return *ports.world.record(ledger); }
  test::ModelBucket& source() { return ports.world.buckets.at(ledger); }
  const s3::ReplicationRule* our_rule() {
    return source().replication
               ? dr::find_rule(*source().replication, dr::rule_id(ports.world.policy, ledger))
               : nullptr;
  }
};

TEST_F(Functions, a_tagged_bucket_gets_versioning_a_replica_our_rule_and_one_backfill) {
  protect();
  EXPECT_EQ(source().versioning, s3::Versioning::enabled);
  const auto& replica = ports.world.buckets.at(ledger_dr);
  EXPECT_EQ(replica.region.text(), "us-east-2");
  EXPECT_EQ(replica.versioning, s3::Versioning::enabled);
  EXPECT_TRUE(s3::same_tags(*replica.tags, {dr::replica_mark(ports.world.policy, ledger), {"team", "fin"}}));
  ASSERT_NE(our_rule(), nullptr);
  EXPECT_EQ(our_rule()->status, s3::Switch::enabled);
  EXPECT_EQ(our_rule()->destination.account, std::nullopt);
  EXPECT_EQ(source().replication->role_arn, ports.world.policy.replication_role_arn);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_FALSE(dr::is_verified(record()));
}

TEST_F(Functions, intent_is_written_before_the_replica_bucket_and_inputs_before_the_job) {
  bool intent_first = false, inputs_first = false;
  ports.before = [&](const Call& call) {
    const auto seen = ports.world.record(ledger);
    if (call.name == "destination.create_bucket") intent_first = seen && seen->claim == dr::Claim::intended;
    if (call.name == "jobs.create_job")
      inputs_first = seen && seen->backfill && seen->backfill->job_id.empty();
  };
  protect();
  EXPECT_TRUE(intent_first);
  EXPECT_TRUE(inputs_first);
  const auto& [token, job] = *ports.world.jobs.begin();
  EXPECT_EQ(token, record().protection + "-1-1");
  EXPECT_EQ(job.inputs, record().backfill->inputs);
}

TEST_F(Functions, only_enable_replication_asks_how_a_job_fares) {
  // Up to the running job: whatever looks now would see it.
  ports.queue.emplace_back(
      dr::Function::source_bucket_check,
      dr::to_json(dr::message_for(ports.world.policy, dr::MessageKind::look, ledger, "c1")));
  std::string text;
  while (!ports.queue.empty()) {
    const auto [to, next] = ports.queue.front();
    ports.queue.pop_front();
    text = next;
    ports.deliver(to, next);
  }
  ASSERT_EQ(record().backfill->status, dr::BackfillStatus::running);
  const auto asked_by = [&](dr::Function function) {
    ports.forget_calls();
    ports.deliver(function, text);
    return std::ranges::count(ports.calls, "jobs.describe_job", &Call::name) > 0;
  };
  EXPECT_FALSE(asked_by(dr::Function::source_bucket_check));
  EXPECT_FALSE(asked_by(dr::Function::destination_bucket_check));
  // Both hand it on all the same.
  EXPECT_EQ(ports.queue.size(), 2u);
  EXPECT_TRUE(asked_by(dr::Function::enable_replication));
}

TEST_F(Functions, an_event_for_an_unchanged_bucket_reads_and_writes_nothing) {
  protect();
  ports.forget_calls();
  const auto outcomes = ports.run_to_rest(ledger);
  EXPECT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].kind, Outcome::Kind::nothing_to_do);
  EXPECT_TRUE(ports.writes.empty());
  EXPECT_GE(ports.reads(), 1);
}

TEST_F(Functions, a_verification_makes_it_protected_and_a_difference_takes_it_back) {
  protect();
  dr::Verification run;
  run.as_of = run.at = ports.clock.now();
  run.generation = 1;
  run.level = dr::VerifyLevel::listing;
  auto verified = test::run(functions::mark_verified(ports.context().records, ports.world.policy, ledger,
                                                     record().protection, run));
  EXPECT_FALSE(dr::is_verified(verified)) << "a listing proves nothing";
  run.level = dr::VerifyLevel::head;
  verified = test::run(functions::mark_verified(ports.context().records, ports.world.policy, ledger,
                                                record().protection, run));
  EXPECT_TRUE(dr::is_verified(verified));
  ports.forget_calls();
  EXPECT_EQ(ports.look(ledger).kind, Outcome::Kind::nothing_to_do);
  EXPECT_TRUE(ports.writes.empty());
  run.differences = 1;
  verified = test::run(functions::mark_verified(ports.context().records, ports.world.policy, ledger,
                                                record().protection, run));
  EXPECT_FALSE(dr::is_verified(verified));
  EXPECT_EQ(record().state, dr::State::verifying);
}

// A replica that takes over counts its generations from the start: the number alone would let a run against
// the old replica vouch for the new one.
TEST_F(Functions, a_verification_of_another_protection_is_kept_out) {
  protect();
  dr::Verification run;
  run.as_of = run.at = ports.clock.now();
  run.generation = 1;
  run.level = dr::VerifyLevel::head;
  const dr::Record before = record();
  const auto after = test::run(
      functions::mark_verified(ports.context().records, ports.world.policy, ledger, "0123456789abcdef", run));
  EXPECT_EQ(after, before);
  EXPECT_EQ(record(), before);
}

TEST_F(Functions, untagging_disables_our_rule_and_keeps_the_replica_and_the_rules_of_others) {
  source().versioning = s3::Versioning::enabled;
  ports.world.add_destination(s3::BucketName::parse("logs-copy")).versioning = s3::Versioning::enabled;
  source().replication =
      s3::ReplicationConfiguration{"arn:aws:iam::111122223333:role/theirs", {foreign_rule("logs-copy")}};
  protect();
  ASSERT_NE(dr::find_rule(*source().replication, "theirs"), nullptr);
  EXPECT_EQ(*dr::find_rule(*source().replication, "theirs"), foreign_rule("logs-copy"));
  EXPECT_EQ(source().replication->role_arn, "arn:aws:iam::111122223333:role/theirs");
  EXPECT_NE(our_rule()->priority, 1);
  source().tags.reset();
  protect();
  EXPECT_EQ(our_rule()->status, s3::Switch::disabled);
  EXPECT_EQ(*dr::find_rule(*source().replication, "theirs"), foreign_rule("logs-copy"));
  EXPECT_TRUE(ports.world.buckets.contains(ledger_dr));
  EXPECT_EQ(record().state, dr::State::paused);
}

TEST_F(Functions, pausing_needs_only_the_source_and_the_record_follows) {
  protect();
  source().tags.reset();
  ports.before = [](const Call& call) {
    if (call.name.starts_with("destination.") || call.name.starts_with("records.")) {
      throw Error(ErrorKind::unavailable, "region gone");
    }
  };
  EXPECT_THROW(ports.run_to_rest(ledger, 20), std::runtime_error) << "it keeps looking for the record";
  EXPECT_EQ(our_rule()->status, s3::Switch::disabled);
  EXPECT_EQ(record().state, dr::State::verifying);
  ports.before = [](const Call&) {};
  ports.queue.clear();
  protect();
  EXPECT_EQ(record().state, dr::State::paused);
}

TEST_F(Functions, tagging_again_is_a_new_generation_with_a_backfill_of_its_own) {
  protect();
  source().tags.reset();
  protect();
  source().tags = s3::TagSet{{"dr", "true"}};
  protect();
  EXPECT_EQ(record().rule.generation, 2);
  EXPECT_EQ(ports.world.jobs.size(), 2u);
  EXPECT_EQ(our_rule()->status, s3::Switch::enabled);
}

TEST_F(Functions, a_rule_deleted_disabled_or_edited_is_restored_as_a_new_generation) {
  protect();
  std::int64_t generation = 1;
  for (int kind = 0; kind < 3; ++kind) {
    auto& rules = source().replication->rules;
    if (kind == 0) source().replication.reset();
    if (kind == 1) rules.front().status = s3::Switch::disabled;
    if (kind == 2) rules.front().filter = s3::ReplicationFilter{"only/", {}};
    protect();
    EXPECT_EQ(record().rule.generation, ++generation);
    EXPECT_EQ(dr::rule_drift(ports.world.policy, ledger, ledger_dr, *source().replication).text(), "");
    EXPECT_EQ(ports.world.jobs.size(), static_cast<std::size_t>(generation));
  }
}

TEST_F(Functions, an_unrecorded_bucket_at_our_replica_name_is_a_conflict_and_nothing_is_written_to_s3) {
  ports.world.add_destination(ledger_dr).versioning = s3::Versioning::enabled;
  const auto before = ports.world.buckets;
  const auto outcomes = ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.buckets, before);
  EXPECT_EQ(record().state, dr::State::conflict);
  EXPECT_EQ(record().claim, dr::Claim::none);
  EXPECT_EQ(outcomes.back().kind, Outcome::Kind::blocked);
  ports.forget_calls();
  EXPECT_EQ(ports.look(ledger).kind, Outcome::Kind::blocked);
  EXPECT_TRUE(ports.writes.empty()) << "recorded once";
}

TEST_F(Functions, adopting_takes_the_bucket_and_replaces_the_one_rule_that_feeds_it) {
  ports.world.add_destination(ledger_dr).versioning = s3::Versioning::enabled;
  source().versioning = s3::Versioning::enabled;
  source().replication =
      s3::ReplicationConfiguration{"arn:aws:iam::111122223333:role/old", {foreign_rule("ledger-dr", true)}};
  protect();
  EXPECT_EQ(record().state, dr::State::conflict);
  auto& random = *ports.random;
  test::run(functions::request_adopt(ports.context().records, ports.world.policy, ledger, ledger_dr,
                                     ports.clock, random));
  protect();
  EXPECT_EQ(source().replication->rules.size(), 1u);
  ASSERT_NE(our_rule(), nullptr);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().rule.replaces, "");
  EXPECT_EQ(ports.world.jobs.size(), 1u);
}

TEST_F(Functions, adopting_an_unversioned_or_strange_bucket_stays_a_conflict) {
  const auto other = s3::BucketName::parse("other-replica");
  ports.world.add_destination(other);
  auto& random = *ports.random;
  test::run(functions::request_adopt(ports.context().records, ports.world.policy, ledger, other, ports.clock,
                                     random));
  protect();
  EXPECT_EQ(record().state, dr::State::conflict);
  EXPECT_NE(record().reason.find("not versioned"), std::string::npos);
  EXPECT_EQ(ports.world.buckets.at(other).versioning, s3::Versioning::never_enabled);
  EXPECT_EQ(source().versioning, s3::Versioning::never_enabled);
}

TEST_F(Functions, a_replica_deleted_by_hand_is_never_silently_recreated) {
  protect();
  ports.world.buckets.erase(ledger_dr);
  protect();
  EXPECT_FALSE(ports.world.buckets.contains(ledger_dr));
  EXPECT_EQ(record().state, dr::State::degraded);
  ports.world.add_destination(ledger_dr);  // somebody makes one of that name
  protect();
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_EQ(ports.world.buckets.at(ledger_dr).versioning, s3::Versioning::never_enabled);
  test::run(functions::request_new_replica(ports.context().records, ports.world.policy, ledger, ports.clock,
                                           *ports.random));
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_NE(record().replica.bucket, ledger_dr);
  EXPECT_EQ(s3::destination_bucket(our_rule()->destination), record().replica.bucket);
}

TEST_F(Functions, a_source_that_is_gone_is_recorded_and_one_that_came_back_is_another_bucket) {
  protect();
  ports.world.buckets.erase(ledger);
  protect();
  EXPECT_EQ(record().state, dr::State::source_gone);
  EXPECT_TRUE(ports.world.buckets.contains(ledger_dr));
  ports.world.add_source(ledger, {{"dr", "true"}});
  protect();
  EXPECT_EQ(record().state, dr::State::source_recreated);
  EXPECT_EQ(source().versioning, s3::Versioning::never_enabled);
  test::run(functions::request_new_replica(ports.context().records, ports.world.policy, ledger, ports.clock,
                                           *ports.random));
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_NE(record().replica.bucket, ledger_dr);
}

TEST_F(Functions, a_source_recreated_between_two_looks_is_noticed_by_its_versioning) {
  protect();
  ports.world.add_source(ledger, {{"dr", "true"}});
  protect();
  EXPECT_EQ(record().state, dr::State::source_recreated);
  EXPECT_EQ(source().versioning, s3::Versioning::never_enabled);
}

TEST_F(Functions, a_failed_backfill_is_repeated_five_times_then_degraded_until_tagged_again) {
  ports.after = [&](const Call& call) {
    if (call.name == "jobs.create_job") ports.world.end_jobs(s3::JobStatus::complete, 2);
  };
  protect();
  EXPECT_EQ(ports.world.jobs.size(), 5u);
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_EQ(record().backfill->status, dr::BackfillStatus::exhausted);
  ports.after = [](const Call&) {};
  source().tags.reset();
  protect();
  source().tags = s3::TagSet{{"dr", "true"}};
  protect();
  EXPECT_EQ(ports.world.jobs.size(), 6u);
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(Functions, a_replica_whose_versioning_was_suspended_gets_it_back_and_a_new_backfill) {
  protect();
  ports.world.buckets.at(ledger_dr).versioning = s3::Versioning::suspended;
  protect();
  EXPECT_EQ(ports.world.buckets.at(ledger_dr).versioning, s3::Versioning::enabled);
  EXPECT_EQ(record().rule.generation, 2);
  EXPECT_EQ(ports.world.jobs.size(), 2u);
}

TEST_F(Functions, a_store_without_replication_is_refused_before_the_first_write) {
  ports.world.has_replication = false;
  const auto outcomes = ports.run_to_rest(ledger);
  EXPECT_EQ(outcomes.back().kind, Outcome::Kind::blocked);
  EXPECT_EQ(outcomes.back().state, dr::State::unsupported);
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(Functions, a_bucket_marked_as_a_replica_is_never_a_source) {
  source().tags->push_back({std::string(dr::replica_mark_key), "111122223333/us-east-2/x"});
  protect();
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(Functions, a_message_for_another_protection_is_refused) {
  dr::Message message = dr::message_for(ports.world.policy, dr::MessageKind::look, ledger, "c1");
  message.protection = "vault";
  const auto outcome = ports.deliver(dr::Function::source_bucket_check, dr::to_json(message));
  EXPECT_EQ(outcome.kind, Outcome::Kind::blocked);
  EXPECT_NE(outcome.why.find("names the protection \"vault\""), std::string::npos);
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(Functions, a_v1_rule_of_somebody_else_is_a_conflict) {
  source().versioning = s3::Versioning::enabled;
  source().replication =
      s3::ReplicationConfiguration{"arn:aws:iam::111122223333:role/old", {foreign_rule("elsewhere", true)}};
  protect();
  EXPECT_EQ(record().state, dr::State::conflict);
  EXPECT_FALSE(ports.world.buckets.contains(ledger_dr));
  source().replication.reset();
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(Functions, a_record_of_a_newer_format_stops_everything) {
  protect();
  auto& document = ports.world.documents.at(ports.world.key_of(ledger));
  const std::string present = "\"format\":" + std::to_string(dr::record_format);
  const std::string newer = "\"format\":" + std::to_string(dr::record_format + 1);
  document.text.replace(document.text.find(present), present.size(), newer);
  source().replication.reset();
  ports.forget_calls();
  EXPECT_EQ(ports.look(ledger).kind, Outcome::Kind::blocked);
  ports.queue.clear();
  const auto message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c");
  EXPECT_EQ(ports.deliver(dr::Function::enable_replication, dr::to_json(message)).kind,
            Outcome::Kind::blocked);
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(Functions, a_message_for_another_account_is_refused) {
  auto message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c");
  message.account = s3::AccountId::parse("999900001111");
  const auto outcome = ports.deliver(dr::Function::enable_replication, dr::to_json(message));
  EXPECT_EQ(outcome.kind, Outcome::Kind::blocked);
  EXPECT_TRUE(ports.calls.empty());
}

TEST_F(Functions, a_rule_changed_just_before_our_put_survives_it) {
  bool planted = false, before_put = false;
  ports.world.add_destination(s3::BucketName::parse("logs-copy")).versioning = s3::Versioning::enabled;
  int reads = 0;
  ports.before = [&](const Call& call) {
    // The last look before the PUT is the one that counts: the rule appears just ahead of it.
    const auto seen = ports.world.record(ledger);
    if (!seen || seen->rule.state != dr::RuleState::enabling || planted) return;
    if (call.name == "source.get_bucket_replication" && ++reads == 2) {
      source().replication =
          s3::ReplicationConfiguration{"arn:aws:iam::111122223333:role/theirs", {foreign_rule("logs-copy")}};
      planted = true;
      before_put = std::count(ports.writes.begin(), ports.writes.end(), "source.put_bucket_replication") == 0;
    }
  };
  protect();
  ASSERT_TRUE(planted);
  EXPECT_TRUE(before_put) << "there is no look between the record and the PUT";
  EXPECT_NE(dr::find_rule(*source().replication, "theirs"), nullptr);
  EXPECT_NE(our_rule(), nullptr);
}

}  // namespace
}  // namespace s3dr
