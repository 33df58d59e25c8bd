// How a pair is looked at: what is asked, how many times, and in how many round trips. The figures of
// docs/benchmarks.md (A look at one pair) are those of this test.
#include "functions/observe.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/fake_ports.h"

namespace s3dr {
namespace {

using dr::Function;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

struct Look {
  dr::ObservedPair pair;
  int reads = 0;
  milliseconds took{0};  // a call takes one: so many round trips
};

Task<> keep(FakePorts& ports, std::optional<Function> observer, std::optional<dr::ObservedPair>& into) {
  into = co_await functions::observe_pair(ports.context(), ledger, observer);
}

struct Observing : ::testing::Test {
  FakePorts ports;

  // Time passes only when nothing else can go on.
  Look look(std::optional<Function> observer) {
    test::ManualClock way;
    ports.way = &way;
    ports.forget_calls();
    boost::asio::io_context io;
    std::optional<dr::ObservedPair> pair;
    test::Outcome outcome;
    test::start(io, keep(ports, observer, pair), outcome);
    while (true) {
      test::settle(io);
      if (outcome.ended || way.uptime() > milliseconds(10'000)) break;
      way.advance(milliseconds(1));
    }
    ports.way = nullptr;
    outcome.rethrow();
    return {pair.value(), ports.reads(), way.uptime()};
  }
  long calls_of(const std::string& side) const {
    return std::ranges::count_if(ports.calls,
                                 [&](const Call& call) { return call.name.starts_with(side + "."); });
  }
  void protect() {
    ports.world.add_source(ledger, {{"dr", "true"}});
    ports.run_to_rest(ledger);
    ASSERT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
  }
};

TEST_F(Observing, a_protected_pair_takes_nine_reads_in_two_round_trips) {
  protect();
  for (const auto observer :
       {Function::source_bucket_check, Function::destination_bucket_check, Function::enable_replication}) {
    const Look seen = look(observer);
    EXPECT_EQ(seen.reads, 9);
    EXPECT_EQ(seen.took, milliseconds(2));
    EXPECT_EQ(ports.calls.front().name, "records.read");  // older than everything else
    EXPECT_TRUE(seen.pair.replication.has_value());
    EXPECT_TRUE(seen.pair.replica.tags.has_value());
  }
}

TEST_F(Observing, within_one_account_a_pair_that_is_not_hardened_takes_eight) {
  ports.world.policy.settings.harden = false;
  protect();
  const Look seen = look(Function::destination_bucket_check);
  EXPECT_EQ(seen.reads, 8);
  EXPECT_FALSE(seen.pair.replica_policy.is_known());
}

TEST_F(Observing, with_two_accounts_the_policy_of_the_replica_costs_no_round_trip) {
  ports.world.policy = test::two_account_policy();
  protect();
  const Look seen = look(Function::destination_bucket_check);
  EXPECT_EQ(seen.reads, 9);
  EXPECT_EQ(seen.took, milliseconds(2));
  EXPECT_TRUE(seen.pair.replica_policy.has_value());
}

TEST_F(Observing, a_running_job_costs_a_read_and_no_round_trip) {
  protect();
  dr::Record record = *ports.world.record(ledger);
  record.backfill->status = dr::BackfillStatus::running;
  ports.world.change_record(ledger, record);
  const Look seen = look(Function::enable_replication);
  EXPECT_EQ(seen.reads, 10);
  EXPECT_EQ(seen.took, milliseconds(2));
  EXPECT_TRUE(seen.pair.job.has_value());
}

TEST_F(Observing, of_a_bucket_without_a_record_the_tags_are_read_before_anything_of_the_other_region) {
  ports.world.add_source(ledger, {{"team", "fin"}});
  Look seen = look(Function::source_bucket_check);
  EXPECT_EQ(seen.reads, 5);
  EXPECT_EQ(seen.took, milliseconds(2));
  EXPECT_EQ(calls_of("destination"), 0);
  EXPECT_EQ(seen.pair.replica.head.sight(), dr::Sight::not_observed);

  ports.world.buckets.at(ledger).tags = s3::TagSet{{"dr", "true"}};
  seen = look(Function::source_bucket_check);
  EXPECT_EQ(seen.took, milliseconds(3));
  EXPECT_TRUE(seen.pair.replica.head.is_absent());
}

TEST_F(Observing, a_paused_pair_takes_nothing_of_the_other_region_but_the_record) {
  protect();
  ports.world.buckets.at(ledger).tags.reset();
  ports.run_to_rest(ledger);
  ASSERT_EQ(ports.world.record(ledger)->state, dr::State::paused);
  const Look seen = look(Function::enable_replication);
  EXPECT_EQ(seen.reads, 5);
  EXPECT_EQ(calls_of("destination"), 0);
}

TEST_F(Observing, what_was_read_of_the_replica_of_an_untagged_bucket_says_nothing) {
  protect();
  ports.world.buckets.at(ledger).tags.reset();
  const Look seen = look(Function::enable_replication);
  EXPECT_EQ(seen.pair.replica.head.sight(), dr::Sight::not_observed);
  EXPECT_EQ(seen.pair.replica.tags.sight(), dr::Sight::not_observed);
  EXPECT_EQ(seen.pair.replica.versioning.sight(), dr::Sight::not_observed);
}

struct DeadSide : Observing, ::testing::WithParamInterface<const char*> {};

// The head of that side fails after 30 round trips. Nothing waits for its other calls, which would take longer.
TEST_P(DeadSide, costs_one_timeout) {
  const std::string dead = GetParam();
  protect();
  ports.round_trip = [&dead](const std::string& name) {
    if (name == dead + ".head_bucket") return milliseconds(30);
    return name.starts_with(dead + ".") ? milliseconds(1000) : milliseconds(1);
  };
  ports.before = [&dead](const Call& call) {
    if (call.name.starts_with(dead + ".")) throw Error(ErrorKind::unavailable, "no answer");
  };
  const Look seen = look(Function::destination_bucket_check);
  EXPECT_EQ(seen.took, milliseconds(31));
  const bool is_source = dead == "source";
  const dr::ObservedBucket& side = is_source ? seen.pair.source : seen.pair.replica;
  EXPECT_EQ(side.head.kind(), ErrorKind::unavailable);
  EXPECT_EQ(side.tags.sight(), dr::Sight::not_observed);
  EXPECT_EQ(side.versioning.sight(), dr::Sight::not_observed);
  EXPECT_EQ(seen.pair.replication.has_value(), !is_source);
  EXPECT_TRUE((is_source ? seen.pair.replica : seen.pair.source).tags.has_value());
}

INSTANTIATE_TEST_SUITE_P(Each, DeadSide, ::testing::Values("source", "destination"));

TEST_F(Observing, one_refused_read_leaves_the_others_as_they_are) {
  protect();
  ports.before = [](const Call& call) {
    if (call.name == "source.get_bucket_versioning") throw Error(ErrorKind::denied, "AccessDenied");
  };
  const Look seen = look(Function::source_bucket_check);
  EXPECT_EQ(seen.pair.source.versioning.kind(), ErrorKind::denied);
  EXPECT_TRUE(seen.pair.source.tags.has_value());
  EXPECT_TRUE(seen.pair.replication.has_value());
  EXPECT_TRUE(seen.pair.replica.versioning.has_value());
}

TEST_F(Observing, after_a_write_of_the_record_it_is_not_read_again) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  std::string last;
  long read_again = 0, written = 0;
  ports.before = [&](const Call& call) {
    if (last == "records.write") {
      ++written;
      if (call.name == "records.read") ++read_again;
    }
    last = call.name;
  };
  ports.deliver(Function::destination_bucket_check,
                dr::to_json(dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c1")));
  EXPECT_GT(written, 0);
  EXPECT_EQ(read_again, 0);
}

}  // namespace
}  // namespace s3dr
