#include "base/cleanup.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/task_group.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr {
namespace {

using test::ManualClock;
using test::Outcome;

// A world in which something is opened, and must be closed whatever happens; both take time.
struct World {
  ManualClock clock;
  bool open = false;
  bool body_ended = false;
  bool after = false;

  Task<int> body(milliseconds duration) {
    open = true;
    co_await clock.sleep(duration);
    body_ended = true;
    co_return 7;
  }
  Task<int> failing_body() {
    open = true;
    co_await clock.sleep(milliseconds(1));
    throw Error(ErrorKind::denied, "body");
  }
  Task<> close() {
    co_await clock.sleep(milliseconds(10));
    co_await clock.sleep(milliseconds(10));
    open = false;
  }
  Task<> failing_close() {
    co_await close();
    throw Error(ErrorKind::unavailable, "close");
  }
  Task<> use(Task<int> work, int& value) {
    value = co_await with_clean_up<int>(std::move(work), [this] { return close(); });
    co_await clock.sleep(milliseconds(1));
    after = true;
  }
  Task<> use_failing_close(Task<int> work) {
    co_await with_clean_up<int>(std::move(work), [this] { return failing_close(); });
  }
};

class CleanUpTest : public testing::Test {
 protected:
  void start(Task<> task) {
    test::start(context_, std::move(task), outcome_);
    test::settle(context_);
  }
  void advance(int by) {
    world_.clock.advance(milliseconds(by));
    test::settle(context_);
  }
  void cancel() {
    outcome_.cancel();
    test::settle(context_);
  }
  std::string message() const {
    try {
      outcome_.rethrow();
    } catch (const Error& error) {
      return error.message();
    }
    return "none";
  }

  World world_;
  boost::asio::io_context context_;
  Outcome outcome_;
  int value_ = 0;
};

TEST_F(CleanUpTest, RunsAfterSuccess) {
  start(world_.use(world_.body(milliseconds(5)), value_));
  advance(5);
  EXPECT_TRUE(world_.open);
  advance(10);
  advance(10);
  EXPECT_FALSE(world_.open);
  advance(1);
  EXPECT_TRUE(world_.after);
  EXPECT_EQ(value_, 7);
  EXPECT_EQ(message(), "none");
}

TEST_F(CleanUpTest, RunsAfterAnErrorWhichIsRethrown) {
  start(world_.use(world_.failing_body(), value_));
  advance(1);
  EXPECT_FALSE(outcome_.ended);
  advance(10);
  advance(10);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_FALSE(world_.open);
  EXPECT_EQ(message(), "body");
}

TEST_F(CleanUpTest, RunsToItsEndAfterTheCallerWasCancelled) {
  start(world_.use(world_.body(milliseconds(1000)), value_));
  cancel();
  EXPECT_FALSE(outcome_.ended);
  EXPECT_TRUE(world_.open);
  EXPECT_FALSE(world_.body_ended);
  advance(10);
  advance(10);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_FALSE(world_.open);
  EXPECT_TRUE(is_cancellation(outcome_.failure));
}

TEST_F(CleanUpTest, ACancellationDuringTheCleanUpWaitsForIt) {
  start(world_.use(world_.body(milliseconds(5)), value_));
  advance(5);
  cancel();
  EXPECT_FALSE(outcome_.ended);
  advance(10);
  advance(10);
  EXPECT_FALSE(world_.open);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_FALSE(world_.after);  // but the caller does not go on
  EXPECT_TRUE(is_cancellation(outcome_.failure));
}

TEST_F(CleanUpTest, ItsOwnErrorIsReportedUnlessTheBodyFailedFirst) {
  start(world_.use_failing_close(world_.body(milliseconds(1))));
  advance(1);
  advance(10);
  advance(10);
  EXPECT_EQ(message(), "close");
  Outcome both;
  test::start(context_, world_.use_failing_close(world_.failing_body()), both);
  test::settle(context_);
  advance(1);
  advance(10);
  advance(10);
  ASSERT_TRUE(both.ended);
  try {
    both.rethrow();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "body");
  }
}

TEST_F(CleanUpTest, AGroupIsJoinedAlthoughItsOwnerWasCancelled) {
  TaskGroup group(context_.get_executor());
  struct Owner {
    static Task<> wait(ManualClock& clock) { co_await clock.sleep(milliseconds(1000)); }
    static Task<> own(TaskGroup& group, World& world) {
      group.spawn(world.close());
      co_await with_clean_up<void>(wait(world.clock), [&group] { return group.join(); });
    }
  };
  world_.open = true;
  start(Owner::own(group, world_));
  cancel();
  EXPECT_FALSE(outcome_.ended);
  advance(10);
  advance(10);
  EXPECT_TRUE(outcome_.ended);
  EXPECT_EQ(group.running(), 0u);
}

}  // namespace
}  // namespace s3dr
