#include "base/deadline.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/task_group.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr {
namespace {

using test::ManualClock;
using test::Outcome;

Task<std::string> value_after(ManualClock& clock, milliseconds duration) {
  co_await clock.sleep(duration);
  co_return "value";
}

Task<std::string> fails_after(ManualClock& clock, milliseconds duration) {
  co_await clock.sleep(duration);
  throw Error(ErrorKind::denied, "access denied");
}

// Told to stop, it finishes what it was doing and returns its value all the same.
Task<std::string> finishes_when_cancelled(ManualClock& clock, bool& told) {
  try {
    co_await clock.sleep(milliseconds(1'000'000));
  } catch (const boost::system::system_error&) {
    told = true;
  }
  co_return "written after all";
}

// Keeps the caller waiting after it was told to stop, and shows that it really ended.
Task<std::string> stops_slowly(ManualClock& clock, bool& ended) {
  try {
    co_await clock.sleep(milliseconds(1'000'000));
  } catch (const boost::system::system_error&) {
  }
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await clock.sleep(milliseconds(500));
  ended = true;
  throw boost::system::system_error(boost::asio::error::operation_aborted);
}

Task<> keep(Task<std::string> task, std::string& result) {
  result = co_await std::move(task);
}

class DeadlineTest : public testing::Test {
 protected:
  void start(Task<std::string> task) { test::start(context_, keep(std::move(task), result_), outcome_); }
  void settle() { test::settle(context_); }
  void advance(int by) {
    clock_.advance(milliseconds(by));
    settle();
  }
  ErrorKind kind() const {
    try {
      outcome_.rethrow();
    } catch (const Error& error) {
      return error.kind();
    }
    throw std::runtime_error("no Error");
  }

  ManualClock clock_;
  boost::asio::io_context context_;
  Outcome outcome_;
  std::string result_;
};

TEST_F(DeadlineTest, AValueInTimeIsReturnedAndTheTimerIsGone) {
  start(with_deadline(clock_, milliseconds(1000), value_after(clock_, milliseconds(999))));
  settle();
  EXPECT_EQ(clock_.sleepers(), 2u);
  advance(998);
  EXPECT_FALSE(outcome_.ended);
  advance(1);
  ASSERT_TRUE(outcome_.ended);
  outcome_.rethrow();
  EXPECT_EQ(result_, "value");
  EXPECT_EQ(clock_.sleepers(), 0u);
}

TEST_F(DeadlineTest, TheOperationsOwnErrorIsRethrownAsItIs) {
  start(with_deadline(clock_, milliseconds(1000), fails_after(clock_, milliseconds(10))));
  settle();
  advance(10);
  ASSERT_TRUE(outcome_.ended);  // at once, not when the deadline comes
  EXPECT_EQ(kind(), ErrorKind::denied);
  EXPECT_EQ(clock_.sleepers(), 0u);
}

TEST_F(DeadlineTest, TooLateIsOutcomeUnknown) {
  start(with_deadline(clock_, milliseconds(1000), value_after(clock_, milliseconds(5000))));
  settle();
  advance(999);
  EXPECT_FALSE(outcome_.ended);
  advance(1);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_EQ(kind(), ErrorKind::outcome_unknown);
  EXPECT_EQ(clock_.sleepers(), 0u);  // the operation was stopped, not abandoned
}

TEST_F(DeadlineTest, TheCallerChoosesTheErrorOfATimeout) {
  start(with_deadline(clock_, milliseconds(1000), value_after(clock_, milliseconds(5000)),
                      Error(ErrorKind::unavailable, "no connection")));
  settle();
  advance(1000);
  EXPECT_EQ(kind(), ErrorKind::unavailable);
}

TEST_F(DeadlineTest, WhatFinishedWhileItWasBeingCancelledCounts) {
  bool told = false;
  start(with_deadline(clock_, milliseconds(1000), finishes_when_cancelled(clock_, told)));
  settle();
  advance(1000);
  ASSERT_TRUE(outcome_.ended);
  outcome_.rethrow();
  EXPECT_TRUE(told);
  EXPECT_EQ(result_, "written after all");
}

TEST_F(DeadlineTest, WaitsUntilTheOperationHasReallyStopped) {
  bool ended = false;
  start(with_deadline(clock_, milliseconds(1000), stops_slowly(clock_, ended)));
  settle();
  advance(1000);
  EXPECT_FALSE(outcome_.ended);
  advance(500);
  EXPECT_TRUE(ended);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_EQ(kind(), ErrorKind::outcome_unknown);
}

TEST_F(DeadlineTest, CancellationFromOutsideStaysACancellation) {
  start(with_deadline(clock_, milliseconds(1000), value_after(clock_, milliseconds(500))));
  settle();
  outcome_.cancel();
  settle();
  ASSERT_TRUE(outcome_.ended);
  EXPECT_TRUE(is_cancellation(outcome_.failure));
  EXPECT_EQ(clock_.sleepers(), 0u);
}

TEST_F(DeadlineTest, ACancelledOperationThatStopsSlowlyIsStillNoTimeout) {
  bool ended = false;
  start(with_deadline(clock_, milliseconds(1000), stops_slowly(clock_, ended)));
  settle();
  outcome_.cancel();  // the timer is gone at once, the operation is not
  settle();
  EXPECT_FALSE(outcome_.ended);
  advance(500);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(is_cancellation(outcome_.failure));
}

TEST_F(DeadlineTest, DeadlinesNest) {
  start(with_deadline(clock_, milliseconds(5000),
                      with_deadline(clock_, milliseconds(1000), value_after(clock_, milliseconds(9000)),
                                    Error(ErrorKind::throttled, "inner"))));
  settle();
  EXPECT_EQ(clock_.sleepers(), 3u);
  advance(1000);
  EXPECT_EQ(kind(), ErrorKind::throttled);
  EXPECT_EQ(clock_.sleepers(), 0u);
}

TEST_F(DeadlineTest, TheOuterOneStopsTheInnerOne) {
  start(with_deadline(clock_, milliseconds(1000),
                      with_deadline(clock_, milliseconds(5000), value_after(clock_, milliseconds(9000)),
                                    Error(ErrorKind::throttled, "inner"))));
  settle();
  advance(1000);
  EXPECT_EQ(kind(), ErrorKind::outcome_unknown);
  EXPECT_EQ(clock_.sleepers(), 0u);
}

Task<> nothing(ManualClock& clock, milliseconds duration) {
  co_await clock.sleep(duration);
}

TEST_F(DeadlineTest, WorksForOperationsWithoutAValue) {
  test::start(context_, with_deadline(clock_, milliseconds(1000), nothing(clock_, milliseconds(10))),
              outcome_);
  settle();
  advance(10);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_EQ(outcome_.failure, nullptr);
  Outcome late;
  test::start(context_, with_deadline(clock_, milliseconds(1000), nothing(clock_, milliseconds(2000))), late);
  settle();
  advance(1000);
  ASSERT_TRUE(late.ended);
  EXPECT_THROW(late.rethrow(), Error);
}

TEST(RealClockTest, SleepsAndCanBeCancelled) {
  const auto clock = make_real_clock();
  boost::asio::io_context context;
  const milliseconds before = clock->uptime();
  test::run(context, clock->sleep(milliseconds(20)));
  EXPECT_GE(clock->uptime() - before, milliseconds(20));
  Outcome outcome;
  test::start(context, clock->sleep(std::chrono::hours(1)), outcome);
  test::settle(context);
  outcome.cancel();
  context.restart();
  context.run_for(std::chrono::seconds(5));
  ASSERT_TRUE(outcome.ended);
  EXPECT_TRUE(is_cancellation(outcome.failure));
}

TEST(RealClockTest, TellsAPlausibleTime) {
  const auto clock = make_real_clock();
  EXPECT_GT(clock->now(), Instant(std::chrono::sys_days(std::chrono::year(2025) / 1 / 1)));
}

}  // namespace
}  // namespace s3dr
