// A writer that was paused, and whose PUT arrives when the record wants something else (docs/architecture.md, What is
// decided). PUTs of rules and policies carry no condition: the record is read before and after each one.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/fake_ports.h"

namespace s3dr {
namespace {

using dr::Function;
using functions::Outcome;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");
const s3::BucketName second = s3::BucketName::parse("ledger-dr-2");

struct StaleWriter : ::testing::Test {
  FakePorts ports;

  Outcome deliver(Function to) {
    return ports.deliver(
        to, dr::to_json(dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c1")));
  }
  s3::BucketName destination_of_our_rule() {
    const auto& configuration = ports.world.buckets.at(ledger).replication;
    const auto* rule =
        configuration ? dr::find_rule(*configuration, dr::rule_id(ports.world.policy, ledger)) : nullptr;
    return rule != nullptr ? s3::destination_bucket(rule->destination).value() : s3::BucketName();
  }
  // What another program does meanwhile: the protection goes on with another replica, in the next epoch.
  void move_to_second_replica() {
    auto& bucket = ports.world.add_destination(second);
    bucket.versioning = s3::Versioning::enabled;
    bucket.tags = s3::TagSet{dr::replica_mark(ports.world.policy, ledger)};
    dr::Record record = *ports.world.record(ledger);
    record.replica.bucket = second;
    ++record.epoch;
    ports.world.change_record(ledger, record);
  }
};

TEST_F(StaleWriter, a_record_that_changed_before_the_put_of_a_rule_is_followed) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  bool moved = false, put_for_the_old_one = false;
  // Within the look after generation 1 was recorded: the record is older than that, and so is the plan.
  ports.after = [&](const Call& call) {
    const auto record = ports.world.record(ledger);
    const bool enabling = record && record->rule.state == dr::RuleState::enabling;
    if (call.name == "source.get_bucket_tagging" && enabling && !std::exchange(moved, true))
      move_to_second_replica();
    if (call.name == "source.put_bucket_replication" && destination_of_our_rule() == ledger_dr)
      put_for_the_old_one = true;
  };
  ports.run_to_rest(ledger);
  EXPECT_TRUE(moved);
  EXPECT_FALSE(put_for_the_old_one);
  EXPECT_EQ(destination_of_our_rule(), second);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
}

TEST_F(StaleWriter, what_the_record_wants_now_is_written_after_a_put_of_the_epoch_before) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  bool moved = false;
  ports.before = [&](const Call& call) {
    if (call.name == "source.put_bucket_replication" && !std::exchange(moved, true)) move_to_second_replica();
  };
  ports.run_to_rest(ledger);
  EXPECT_TRUE(moved);
  EXPECT_EQ(destination_of_our_rule(), second);
  const auto& jobs = ports.world.jobs;  // none for the replica before
  EXPECT_EQ(jobs.size(), 1u);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
}

struct StaleWriterOfPolicy : StaleWriter, ::testing::WithParamInterface<bool> {};

// Our statement is gone again after the PUT. In the same epoch that is a read that is late, and is looked at again
// later. In another one, somebody has written meanwhile.
TEST_P(StaleWriterOfPolicy, writes_again_at_once_when_the_epoch_has_changed) {
  const bool epoch_changes = GetParam();
  ports.world.policy = test::two_account_policy();
  ports.world.add_source(ledger, {{"dr", "true"}});
  deliver(Function::source_bucket_check);
  int puts = 0;
  ports.after = [&](const Call& call) {
    if (call.name != "destination.put_bucket_policy" || ++puts > 1) return;
    ports.world.buckets.at(ledger_dr).bucket_policy.reset();
    if (!epoch_changes) return;
    dr::Record record = *ports.world.record(ledger);
    ++record.epoch;
    ports.world.change_record(ledger, record);
  };
  const Outcome outcome = deliver(Function::destination_bucket_check);
  EXPECT_EQ(puts, epoch_changes ? 2 : 1);
  EXPECT_EQ(outcome.kind, epoch_changes ? Outcome::Kind::done : Outcome::Kind::look_again);
  EXPECT_EQ(ports.world.buckets.at(ledger_dr).bucket_policy.has_value(), epoch_changes);
}

INSTANTIATE_TEST_SUITE_P(Each, StaleWriterOfPolicy, ::testing::Bool());

}  // namespace
}  // namespace s3dr
