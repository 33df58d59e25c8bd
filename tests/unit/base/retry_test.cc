#include "base/retry.h"

#include <gtest/gtest.h>

#include "base/task_group.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr {
namespace {

// Fails with each kind in turn, then answers 42.
struct Flaky {
  std::vector<ErrorKind> failures;
  milliseconds takes{0};
  int calls = 0;

  Task<int> call(test::ManualClock& clock) {
    const auto number = static_cast<std::size_t>(calls++);
    if (takes > milliseconds(0)) co_await clock.sleep(takes);
    if (number < failures.size()) throw Error(failures[number], "failure " + std::to_string(number));
    co_return 42;
  }
};

class RetryTest : public testing::Test {
 protected:
  int run(Flaky& flaky, Repeatable repeatable) {
    return test::run(
        with_retry<int>(clock_, *random_, policy_, repeatable, [&] { return flaky.call(clock_); }));
  }
  std::string error_of(Flaky& flaky, Repeatable repeatable) {
    try {
      run(flaky, repeatable);
    } catch (const Error& error) {
      return error.message();
    }
    return "none";
  }

  test::ManualClock clock_{test::Sleeps::skip};
  std::unique_ptr<Random> random_ = make_seeded_random(1);
  RetryPolicy policy_;
};

TEST_F(RetryTest, ASuccessIsCalledOnce) {
  Flaky flaky;
  EXPECT_EQ(run(flaky, Repeatable::always), 42);
  EXPECT_EQ(flaky.calls, 1);
  EXPECT_TRUE(clock_.slept().empty());
}

TEST_F(RetryTest, ThrottledAndUnavailableAreRepeated) {
  Flaky flaky{.failures = {ErrorKind::throttled, ErrorKind::unavailable, ErrorKind::throttled}};
  EXPECT_EQ(run(flaky, Repeatable::only_unsent), 42);
  EXPECT_EQ(flaky.calls, 4);
  EXPECT_EQ(clock_.slept().size(), 3u);
}

TEST_F(RetryTest, TheLastErrorIsThrownWhenAttemptsAreUsedUp) {
  Flaky flaky{.failures = std::vector(10, ErrorKind::unavailable)};
  EXPECT_EQ(error_of(flaky, Repeatable::always), "failure 3");
  EXPECT_EQ(flaky.calls, 4);
  EXPECT_EQ(clock_.slept().size(), 3u);  // none after the last
}

TEST_F(RetryTest, OneAttemptMeansNoRepeat) {
  policy_.attempts_max = 1;
  Flaky flaky{.failures = {ErrorKind::unavailable}};
  EXPECT_EQ(error_of(flaky, Repeatable::always), "failure 0");
  EXPECT_EQ(flaky.calls, 1);
}

TEST_F(RetryTest, WhatRepeatingCannotMendIsNotRepeated) {
  for (const ErrorKind kind :
       {ErrorKind::not_found, ErrorKind::precondition_failed, ErrorKind::denied, ErrorKind::invalid,
        ErrorKind::unsupported, ErrorKind::corrupt, ErrorKind::cancelled}) {
    Flaky flaky{.failures = {kind}};
    EXPECT_EQ(error_of(flaky, Repeatable::always), "failure 0");
    EXPECT_EQ(flaky.calls, 1) << to_string(kind);
  }
}

TEST_F(RetryTest, AnUnknownOutcomeIsRepeatedOnlyWhereThatIsHarmless) {
  Flaky read{.failures = {ErrorKind::outcome_unknown}};
  EXPECT_EQ(run(read, Repeatable::always), 42);
  EXPECT_EQ(read.calls, 2);
  Flaky write{.failures = {ErrorKind::outcome_unknown}};
  EXPECT_EQ(error_of(write, Repeatable::only_unsent), "failure 0");
  EXPECT_EQ(write.calls, 1);
}

TEST_F(RetryTest, NoRepeatBeginsAfterTheTotalTime) {
  policy_ = {.attempts_max = 1000,
             .delay_base = milliseconds(100),
             .delay_cap = milliseconds(5000),
             .total_max = milliseconds(30'000)};
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random_ = make_seeded_random(seed);
    test::ManualClock clock(test::Sleeps::skip);
    Flaky flaky{.failures = std::vector(1000, ErrorKind::unavailable), .takes = milliseconds(700)};
    EXPECT_THROW(test::run(with_retry<int>(clock, *random_, policy_, Repeatable::always,
                                           [&] { return flaky.call(clock); })),
                 Error);
    EXPECT_GT(flaky.calls, 5);
    const milliseconds last_began = clock.uptime() - flaky.takes;
    EXPECT_LT(last_began, policy_.total_max) << "seed " << seed;
  }
}

TEST_F(RetryTest, DelaysGrowUpToTheCap) {
  const RetryPolicy policy{.delay_base = milliseconds(100), .delay_cap = milliseconds(5000)};
  for (const int repeat : {0, 1, 2, 5, 6, 20, 1000}) {
    const std::int64_t ceiling = repeat < 6 ? 100LL << repeat : 5000;
    std::int64_t longest = 0, shortest = ceiling;
    for (int i = 0; i < 3000; ++i) {
      const std::int64_t delay = retry_delay(policy, repeat, *random_).count();
      ASSERT_GE(delay, 0);
      ASSERT_LE(delay, ceiling);
      longest = std::max(longest, delay);
      shortest = std::min(shortest, delay);
    }
    EXPECT_GT(longest, ceiling * 9 / 10);  // jitter uses the whole range
    EXPECT_LT(shortest, ceiling / 10);
  }
}

TEST_F(RetryTest, NoDelayIsAPolicyToo) {
  EXPECT_EQ(retry_delay({.delay_base = milliseconds(0)}, 3, *random_), milliseconds(0));
  EXPECT_EQ(retry_delay({.delay_cap = milliseconds(0)}, 3, *random_), milliseconds(0));
}

Task<> until_done(Clock& clock, Random& random, Flaky& flaky, test::ManualClock& manual) {
  co_await with_retry<int>(clock, random, {.attempts_max = 100, .total_max = milliseconds(1'000'000)},
                           Repeatable::always, [&] { return flaky.call(manual); });
}

TEST_F(RetryTest, CancellationEndsTheWaitBetweenAttempts) {
  test::ManualClock clock;
  boost::asio::io_context context;
  Flaky flaky{.failures = std::vector(100, ErrorKind::unavailable)};
  test::Outcome outcome;
  test::start(context, until_done(clock, *random_, flaky, clock), outcome);
  test::settle(context);
  ASSERT_EQ(clock.sleepers(), 1u);
  outcome.cancel();
  test::settle(context);
  EXPECT_TRUE(outcome.ended);
  EXPECT_TRUE(is_cancellation(outcome.failure));
  EXPECT_EQ(flaky.calls, 1);
}

}  // namespace
}  // namespace s3dr
