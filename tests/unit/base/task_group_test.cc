#include "base/task_group.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/error.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr {
namespace {

using test::ManualClock;
using test::Outcome;

Task<> count_after(ManualClock& clock, milliseconds duration, int& count) {
  co_await clock.sleep(duration);
  ++count;
}

Task<> fail_after(ManualClock& clock, milliseconds duration, std::string message) {
  co_await clock.sleep(duration);
  throw Error(ErrorKind::corrupt, message);
}

Task<> spawn_more(TaskGroup& group, ManualClock& clock, int generations, int& count) {
  co_await clock.sleep(milliseconds(1));
  ++count;
  if (generations > 1) group.spawn(spawn_more(group, clock, generations - 1, count));
}

class TaskGroupTest : public testing::Test {
 protected:
  // Whatever a failed assertion left running is stopped and joined.
  void TearDown() override {
    group_.cancel();
    test::settle(context_);
    Outcome last;
    test::start(context_, group_.join(), last);
    for (int i = 0; i < 100 && !last.ended; ++i) advance(1000);
    ASSERT_TRUE(last.ended);
  }
  void join() {
    test::start(context_, group_.join(), joined_);
    test::settle(context_);
  }
  void advance(int by) {
    clock_.advance(milliseconds(by));
    test::settle(context_);
  }
  std::string message() const {
    try {
      joined_.rethrow();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "none";
  }

  ManualClock clock_;
  boost::asio::io_context context_;
  TaskGroup group_{context_.get_executor()};
  Outcome joined_;
};

TEST_F(TaskGroupTest, JoiningNothingReturnsAtOnce) {
  join();
  EXPECT_TRUE(joined_.ended);
  EXPECT_EQ(message(), "none");
}

TEST_F(TaskGroupTest, JoinWaitsForEveryTask) {
  int count = 0;
  for (int i = 1; i <= 10; ++i) group_.spawn(count_after(clock_, milliseconds(i), count));
  EXPECT_EQ(group_.running(), 10u);
  join();
  advance(9);
  EXPECT_EQ(count, 9);
  EXPECT_EQ(group_.running(), 1u);
  EXPECT_FALSE(joined_.ended);
  advance(1);
  EXPECT_EQ(count, 10);
  EXPECT_TRUE(joined_.ended);
}

TEST_F(TaskGroupTest, TasksSpawnedWhileJoiningAreJoinedToo) {
  int count = 0;
  group_.spawn(spawn_more(group_, clock_, 5, count));
  join();
  for (int i = 0; i < 4; ++i) advance(1);
  EXPECT_FALSE(joined_.ended);
  advance(1);
  EXPECT_EQ(count, 5);
  EXPECT_TRUE(joined_.ended);
}

TEST_F(TaskGroupTest, TheFirstErrorIsRethrownAfterAllHaveEnded) {
  int count = 0;
  group_.spawn(count_after(clock_, milliseconds(30), count));
  group_.spawn(fail_after(clock_, milliseconds(20), "second"));
  group_.spawn(fail_after(clock_, milliseconds(10), "first"));
  join();
  advance(10);
  advance(10);
  EXPECT_FALSE(joined_.ended);
  advance(10);
  EXPECT_EQ(count, 1);
  ASSERT_TRUE(joined_.ended);
  EXPECT_EQ(message(), "corrupt: first");
  Outcome again;  // it was told once
  test::start(context_, group_.join(), again);
  test::settle(context_);
  EXPECT_TRUE(again.ended);
  EXPECT_EQ(again.failure, nullptr);
}

TEST_F(TaskGroupTest, CancelStopsAllAndIsNoError) {
  int count = 0;
  for (int i = 1; i <= 3; ++i) group_.spawn(count_after(clock_, milliseconds(1000), count));
  test::settle(context_);
  group_.cancel();
  EXPECT_EQ(group_.running(), 3u);  // asked, not ended
  join();
  ASSERT_TRUE(joined_.ended);
  EXPECT_EQ(message(), "none");
  EXPECT_EQ(count, 0);
  EXPECT_EQ(clock_.sleepers(), 0u);
}

TEST_F(TaskGroupTest, CancelReachesATaskThatHasNotBegun) {
  int count = 0;
  group_.spawn(count_after(clock_, milliseconds(1000), count));
  group_.cancel();
  join();
  EXPECT_TRUE(joined_.ended);
  EXPECT_EQ(count, 0);
}

TEST_F(TaskGroupTest, AGroupCanBeUsedAgainAfterCancel) {
  int count = 0;
  group_.spawn(count_after(clock_, milliseconds(10), count));
  test::settle(context_);
  group_.cancel();
  test::settle(context_);
  group_.spawn(count_after(clock_, milliseconds(10), count));
  join();
  advance(10);
  EXPECT_TRUE(joined_.ended);
  EXPECT_EQ(count, 1);
}

Task<> cancel_own_group(TaskGroup& group, ManualClock& clock, int& count) {
  co_await clock.sleep(milliseconds(1));
  group.cancel();
  ++count;
  co_await clock.sleep(milliseconds(1));
  ++count;
}

TEST_F(TaskGroupTest, ATaskMayCancelItsOwnGroup) {
  int count = 0;
  group_.spawn(cancel_own_group(group_, clock_, count));
  group_.spawn(count_after(clock_, milliseconds(1000), count));
  join();
  advance(1);
  ASSERT_TRUE(joined_.ended);
  EXPECT_EQ(message(), "none");
  EXPECT_EQ(count, 1);
}

TEST_F(TaskGroupTest, ACancelledJoinerGoesOnWaiting) {
  int count = 0;
  group_.spawn(count_after(clock_, milliseconds(10), count));
  join();
  joined_.cancel();
  test::settle(context_);
  EXPECT_FALSE(joined_.ended);
  EXPECT_EQ(group_.running(), 1u);
  advance(10);
  EXPECT_TRUE(joined_.ended);
  EXPECT_EQ(count, 1);
}

TEST_F(TaskGroupTest, ACancelledWaiterLeavesTheTasksToCancelAndJoin) {
  int count = 0;
  group_.spawn(count_after(clock_, milliseconds(10), count));
  test::start(context_, group_.wait(), joined_);
  joined_.cancel();
  test::settle(context_);
  EXPECT_TRUE(joined_.ended);
  EXPECT_TRUE(is_cancellation(joined_.failure));
  EXPECT_EQ(group_.running(), 1u);
  Outcome clean_up;
  test::start(context_, group_.cancel_and_join(), clean_up);
  test::settle(context_);
  EXPECT_TRUE(clean_up.ended);
  EXPECT_EQ(count, 0);
}

std::vector<Task<>> three(ManualClock& clock, int& count) {
  std::vector<Task<>> tasks;
  for (int i = 1; i <= 3; ++i) tasks.push_back(count_after(clock, milliseconds(10 * i), count));
  return tasks;
}

TEST_F(TaskGroupTest, RunStartsAllAtOnceAndWaitsForTheLast) {
  int count = 0;
  test::start(context_, group_.run(three(clock_, count)), joined_);
  advance(0);
  advance(20);
  EXPECT_EQ(count, 2);
  EXPECT_FALSE(joined_.ended);
  advance(10);
  EXPECT_EQ(count, 3);
  EXPECT_TRUE(joined_.ended);
  EXPECT_EQ(message(), "none");
}

TEST_F(TaskGroupTest, RunThatIsCancelledCancelsItsTasksAndJoinsThem) {
  int count = 0;
  test::start(context_, group_.run(three(clock_, count)), joined_);
  advance(0);
  advance(10);
  joined_.cancel();
  advance(0);
  EXPECT_TRUE(joined_.ended);
  EXPECT_TRUE(is_cancellation(joined_.failure));
  EXPECT_EQ(group_.running(), 0u);
  EXPECT_EQ(count, 1);
}

TEST_F(TaskGroupTest, RunOfACancelledCallerStartsNothing) {
  int count = 0;
  test::start(context_, group_.run(three(clock_, count)), joined_);
  joined_.cancel();  // before anything of it has run
  advance(100);
  EXPECT_TRUE(joined_.ended);
  EXPECT_TRUE(is_cancellation(joined_.failure));
  EXPECT_EQ(count, 0);
}

TEST_F(TaskGroupTest, RunRethrowsTheFirstErrorWhenAllHaveEnded) {
  int count = 0;
  std::vector<Task<>> tasks = three(clock_, count);
  tasks.push_back(fail_after(clock_, milliseconds(5), "broken"));
  test::start(context_, group_.run(std::move(tasks)), joined_);
  advance(0);
  advance(29);
  EXPECT_FALSE(joined_.ended);
  advance(1);
  EXPECT_EQ(message(), "corrupt: broken");
  EXPECT_EQ(count, 3);
}

TEST_F(TaskGroupTest, TwoJoinersBothReturn) {
  int count = 0;
  group_.spawn(count_after(clock_, milliseconds(10), count));
  join();
  Outcome second;
  test::start(context_, group_.join(), second);
  advance(10);
  EXPECT_TRUE(joined_.ended);
  EXPECT_TRUE(second.ended);
}

TEST_F(TaskGroupTest, ManyShortTasksLeaveNothingBehind) {
  int count = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 100; ++i) group_.spawn(count_after(clock_, milliseconds(i % 3), count));
    advance(1);
  }
  join();
  advance(10);
  EXPECT_TRUE(joined_.ended);
  EXPECT_EQ(count, 10'000);
  EXPECT_EQ(group_.running(), 0u);
}

TEST(TaskGroupDeathTest, AGroupMayNotBeLeftWhileTasksRun) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        boost::asio::io_context context;
        ManualClock clock;
        int count = 0;
        TaskGroup group(context.get_executor());
        group.spawn(count_after(clock, milliseconds(1), count));
      },
      "broken invariant");
}

}  // namespace
}  // namespace s3dr
