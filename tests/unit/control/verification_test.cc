#include "control/verification.h"

#include <gtest/gtest.h>

namespace s3dr::control {
namespace {

constexpr Instant now{milliseconds(10'000'000)};
constexpr milliseconds age_max{1'000'000};
constexpr milliseconds retry_after{5'000};

dr::Record record(dr::State state) {
  dr::Record result;
  result.state = state;
  result.rule.generation = 2;
  result.rule.state = dr::RuleState::live;
  return result;
}

dr::Verification run_at(Instant at, std::int64_t generation) {
  dr::Verification run;
  run.as_of = run.at = at;
  run.level = dr::VerifyLevel::head;
  run.generation = generation;
  return run;
}

bool due(const dr::Record& value) {
  return verification_due(value, now, age_max, retry_after);
}

TEST(VerificationDue, OnlyOnceTheBackfillIsComplete) {
  for (const dr::State state :
       {dr::State::pending, dr::State::replica_ready, dr::State::backfilling, dr::State::paused,
        dr::State::degraded, dr::State::conflict, dr::State::source_gone}) {
    EXPECT_FALSE(due(record(state))) << to_string(state);
  }
  EXPECT_TRUE(due(record(dr::State::verifying)));
}

TEST(VerificationDue, AgainWhenTheLastGoodRunIsOld) {
  dr::Record value = record(dr::State::protected_);
  value.verified = run_at(now - age_max + milliseconds(1), 2);
  EXPECT_FALSE(due(value));
  value.verified = run_at(now - age_max, 2);
  EXPECT_TRUE(due(value));
}

TEST(VerificationDue, ARunOfAnOlderGenerationVouchesForNothing) {
  dr::Record value = record(dr::State::verifying);
  value.verified = run_at(now, 1);
  EXPECT_TRUE(due(value));
}

TEST(VerificationDue, DifferencesAreLookedAtAgainAfterAWhile) {
  dr::Record value = record(dr::State::verifying);
  value.verified = run_at(now - milliseconds(9'000), 2);
  value.last_difference = run_at(now - retry_after + milliseconds(1), 2);
  EXPECT_FALSE(due(value));
  value.last_difference = run_at(now - retry_after, 2);
  EXPECT_TRUE(due(value));
}

TEST(VerificationDue, NeverOfARecordThatANewerProgramKeeps) {
  dr::Record value = record(dr::State::verifying);
  ASSERT_TRUE(due(value));
  value.min_writer = dr::writer_version + 1;
  EXPECT_FALSE(due(value));
}

}  // namespace
}  // namespace s3dr::control
