// Crashes after and before every port call, and every observation failing in every way: the world ends the
// same, nothing happens twice, and no write rests on an answer that never came.
#include <gtest/gtest.h>

#include <set>

#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::Crash;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

// What must be equal after any crash: everything but nonce-derived ids, times and etags.
struct End {
  std::map<s3::BucketName, test::ModelBucket> buckets;
  dr::State state;
  std::int64_t generation;
  std::size_t jobs;
  bool operator==(const End&) const = default;
};
End end_of(FakePorts& ports) {
  const auto record = *ports.world.record(ledger);
  auto buckets = ports.world.buckets;
  return {buckets, record.state, record.rule.generation, ports.world.jobs.size()};
}

enum class Scenario { protect, pause, resume, restore };

// The world just before the scenario's event.
void prepare(FakePorts& ports, Scenario scenario) {
  ports.world.add_source(ledger, {{"dr", "true"}, {"team", "fin"}});
  if (scenario == Scenario::protect) return;
  ports.run_to_rest(ledger);
  auto& source = ports.world.buckets.at(ledger);
  if (scenario == Scenario::restore) source.replication.reset();
  if (scenario == Scenario::pause || scenario == Scenario::resume) source.tags.reset();
  if (scenario == Scenario::resume) {
    ports.run_to_rest(ledger);
    source.tags = s3::TagSet{{"dr", "true"}};
  }
  ports.forget_calls();
}

TEST(FunctionFaults, a_crash_before_or_after_any_call_ends_in_the_same_world) {
  int landed_in_all = 0;
  for (const auto scenario : {Scenario::protect, Scenario::pause, Scenario::resume, Scenario::restore}) {
    FakePorts clean;
    prepare(clean, scenario);
    clean.run_to_rest(ledger);
    const End expected = end_of(clean);
    const int calls = static_cast<int>(clean.calls.size());
    ASSERT_GT(calls, 10);
    for (int n = 1; n <= calls; ++n) {
      for (const bool after : {false, true}) {
        FakePorts ports;
        prepare(ports, scenario);
        int landed = 0;
        const auto hook = [&](const Call& call) {
          if (call.number != n || landed > 0) return;
          ++landed;
          throw Crash();
        };
        (after ? ports.after : ports.before) = hook;
        ports.run_to_rest(ledger);
        // A call that the store refuses has no reply to die after.
        ASSERT_EQ(landed, 1 - (after && clean.failed.contains(n) ? 1 : 0)) << n;
        landed_in_all += landed;
        EXPECT_TRUE(end_of(ports) == expected) << "call " << n << (after ? " after" : " before");
      }
    }
  }
  EXPECT_GT(landed_in_all, 200);
  RecordProperty("crashes_landed", landed_in_all);
}

TEST(FunctionFaults, a_write_whose_answer_is_lost_is_looked_at_before_it_is_repeated) {
  FakePorts clean;
  prepare(clean, Scenario::protect);
  clean.run_to_rest(ledger);
  const End expected = end_of(clean);
  const int calls = static_cast<int>(clean.calls.size());
  int landed_in_all = 0;
  for (int n = 1; n <= calls; ++n) {
    FakePorts ports;
    prepare(ports, Scenario::protect);
    ports.after = [&](const Call& call) {
      if (call.number != n || !call.writes) return;
      ++landed_in_all;
      throw Error(ErrorKind::outcome_unknown, "no answer");
    };
    ports.run_to_rest(ledger);
    EXPECT_TRUE(end_of(ports) == expected) << n;
    int created = 0;
    for (const auto& write : ports.writes) created += write == "destination.create_bucket" ? 1 : 0;
    EXPECT_EQ(created, 1) << n;
  }
  EXPECT_GE(landed_in_all, 8);
}

// A live rule without a backfill is better than neither: only the job waits for the look at the jobs.
TEST(FunctionFaults, without_a_look_at_the_jobs_the_rule_goes_live_and_no_job_is_created) {
  for (const ErrorKind kind :
       {ErrorKind::denied, ErrorKind::throttled, ErrorKind::unavailable, ErrorKind::corrupt}) {
    FakePorts ports;
    prepare(ports, Scenario::protect);
    int landed = 0;
    ports.before = [&](const Call& call) {
      if (call.name != "jobs.list_active_jobs") return;
      ++landed;
      throw Error(kind, "injected");
    };
    Outcome last;
    for (const auto who : {dr::Function::source_bucket_check, dr::Function::destination_bucket_check,
                           dr::Function::enable_replication}) {
      const auto message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c");
      last = ports.deliver(who, dr::to_json(message));
    }
    EXPECT_GT(landed, 0);
    EXPECT_EQ(last.kind, dr::is_transient(kind) ? Outcome::Kind::look_again : Outcome::Kind::blocked)
        << last.why;
    EXPECT_EQ(ports.world.record(ledger)->rule.state, dr::RuleState::live);
    EXPECT_TRUE(ports.world.jobs.empty());
    ports.before = [](const Call&) {};
    ports.queue.clear();
    ports.run_to_rest(ledger);
    EXPECT_EQ(ports.world.jobs.size(), 1u);
    EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
  }
}

// Each observation call × each kind of failure, from the start and from a protected bucket whose rule was
// deleted: while it fails, nothing is written; the function looks again or says that it is blocked; when the
// failure ends, the pair converges.
TEST(FunctionFaults, no_write_follows_a_failed_observation) {
  const std::vector<std::string> observations = {"source.head_bucket",
                                                 "source.get_bucket_tagging",
                                                 "source.get_bucket_versioning",
                                                 "source.get_bucket_replication",
                                                 "records.read",
                                                 "destination.head_bucket",
                                                 "destination.get_bucket_tagging",
                                                 "destination.get_bucket_versioning"};
  const std::vector<ErrorKind> kinds = {ErrorKind::denied,  ErrorKind::throttled, ErrorKind::unavailable,
                                        ErrorKind::corrupt, ErrorKind::not_found, ErrorKind::outcome_unknown};
  int injected = 0;
  for (const auto scenario : {Scenario::protect, Scenario::restore}) {
    for (const auto& name : observations) {
      // A bucket that does not exist yet is not asked for more.
      if (scenario == Scenario::protect && name.starts_with("destination.get")) continue;
      for (const ErrorKind kind : kinds) {
        FakePorts ports;
        prepare(ports, scenario);
        int landed = 0;
        ports.before = [&](const Call& call) {
          if (call.name != name) return;
          ++landed;
          throw Error(kind, "injected");
        };
        for (const auto who : {dr::Function::source_bucket_check, dr::Function::destination_bucket_check,
                               dr::Function::enable_replication}) {
          const auto message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c");
          const auto outcome = ports.deliver(who, dr::to_json(message));
          EXPECT_NE(outcome.kind, Outcome::Kind::nothing_to_do) << name << " swallowed";
          if (who == dr::Function::enable_replication) {
            EXPECT_EQ(outcome.kind,
                      dr::is_transient(kind) ? Outcome::Kind::look_again : Outcome::Kind::blocked)
                << name << " " << to_string(kind) << ": " << outcome.why;
          }
        }
        EXPECT_GT(landed, 0) << name;
        // A replica's name that we may not look at is a conflict for a person: it is recorded, nothing else is.
        if (scenario == Scenario::protect && name == "destination.head_bucket" && kind == ErrorKind::denied) {
          EXPECT_EQ(ports.writes, std::vector<std::string>{"records.write"});
          EXPECT_EQ(ports.world.record(ledger)->state, dr::State::conflict);
          ports.writes.clear();
        }
        const auto written = ports.writes_without_notes();
        EXPECT_TRUE(written.empty()) << name << " " << to_string(kind) << ": " << written.front();
        injected += landed;
        ports.before = [](const Call&) {};
        ports.queue.clear();
        ports.run_to_rest(ledger);
        EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
      }
    }
  }
  EXPECT_GT(injected, 80);
  RecordProperty("faults_injected", injected);
}

TEST(FunctionFaults, two_controllers_at_once_make_one_bucket_one_rule_and_one_job) {
  FakePorts ports;
  prepare(ports, Scenario::protect);
  // Before each write of the first, a second one runs to its end.
  int nested = 0;
  bool inside = false;
  ports.before = [&](const Call& call) {
    if (!call.writes || inside || nested > 12) return;
    ++nested;
    inside = true;
    for (const auto who : {dr::Function::source_bucket_check, dr::Function::destination_bucket_check,
                           dr::Function::enable_replication}) {
      const auto message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c2");
      ports.deliver(who, dr::to_json(message));
    }
    inside = false;
  };
  ports.run_to_rest(ledger);
  EXPECT_GT(nested, 0);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(ports.world.buckets.size(), 2u);
  EXPECT_EQ(ports.world.buckets.at(ledger).replication->rules.size(), 1u);
  EXPECT_EQ(ports.world.record(ledger)->rule.generation, 1);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
}

}  // namespace
}  // namespace s3dr
