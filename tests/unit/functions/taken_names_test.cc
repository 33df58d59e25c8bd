// A replica's name that is taken: the conflict is recorded, and what a person asks for leads on.
#include <gtest/gtest.h>

#include "dr/replica_name.h"
#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger"), ledger_dr = s3::BucketName::parse("ledger-dr");
const s3::AccountId stranger = s3::AccountId::parse("999900001111");

struct TakenNames : ::testing::Test {
  FakePorts ports;
  void SetUp() override { ports.world.add_source(ledger, {{"dr", "true"}}); }
  void take(const s3::BucketName& name) { ports.world.add_destination(name).owner = stranger; }
  void protect() { ports.run_to_rest(ledger); }
  void ask_for_new_replica() {
    test::run(functions::request_new_replica(ports.context().records, ports.world.policy, ledger, ports.clock,
                                             *ports.random));
  }
  dr::Record record() { return *ports.world.record(ledger); }
  s3::BucketName name(std::int64_t ordinal) { return dr::replica_name(ports.world.policy, ledger, ordinal); }
};

TEST_F(TakenNames, a_name_of_another_account_is_a_recorded_conflict_and_nothing_else_is_written) {
  take(ledger_dr);
  const auto before = ports.world.buckets;
  protect();
  EXPECT_EQ(record().state, dr::State::conflict);
  EXPECT_NE(record().reason.find("ledger-dr"), std::string::npos) << record().reason;
  EXPECT_EQ(record().claim, dr::Claim::none);
  EXPECT_EQ(ports.world.buckets, before);
  ports.forget_calls();
  protect();
  EXPECT_TRUE(ports.writes.empty());

  ports.world.buckets.erase(ledger_dr);  // its owner gives it up
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().replica.bucket, ledger_dr);
}

TEST_F(TakenNames, a_name_taken_after_the_intent_was_recorded_is_a_conflict_too) {
  ports.before = [&](const test::Call& call) {
    if (call.name == "destination.create_bucket") take(ledger_dr);
  };
  protect();
  protect();
  EXPECT_EQ(record().state, dr::State::conflict);
  EXPECT_EQ(ports.world.buckets.at(ledger_dr).owner, stranger);
}

TEST_F(TakenNames, a_right_that_is_missing_for_our_own_replica_is_no_conflict) {
  protect();
  const dr::Record before = record();
  take(ledger_dr);
  protect();
  EXPECT_EQ(test::without_notes(record()), test::without_notes(before));
}

TEST_F(TakenNames, a_new_replica_may_be_asked_for_before_there_is_a_record) {
  take(ledger_dr);
  ask_for_new_replica();
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().replica.bucket, name(2));
  EXPECT_FALSE(record().instruction);
}

TEST_F(TakenNames, each_request_tries_one_further_name) {
  take(ledger_dr);
  take(name(2));
  ask_for_new_replica();
  protect();
  EXPECT_EQ(record().state, dr::State::conflict);
  EXPECT_FALSE(record().instruction);
  ask_for_new_replica();
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().replica.bucket, name(3));
}

TEST_F(TakenNames, adopting_a_bucket_of_another_account_is_a_conflict_that_a_new_replica_ends) {
  const auto other = s3::BucketName::parse("ledger-copy");
  take(other);
  test::run(functions::request_adopt(ports.context().records, ports.world.policy, ledger, other, ports.clock,
                                     *ports.random));
  protect();
  EXPECT_EQ(record().state, dr::State::conflict);
  EXPECT_NE(record().reason.find("ledger-copy"), std::string::npos) << record().reason;
  ask_for_new_replica();
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
}

}  // namespace
}  // namespace s3dr
