#include "app/run_task.h"

#include <gtest/gtest.h>

#include <csignal>

namespace s3dr::app {
namespace {

Task<> note(bool& ran) {
  ran = true;
  co_return;
}

TEST(RunTask, a_signal_before_the_task_is_not_lost_and_ends_nothing_else) {
  bool ran = false;
  for (const int number : {SIGINT, SIGTERM}) {
    notice_signals();
    ASSERT_EQ(std::raise(number), 0);  // while a package is read, say
    EXPECT_FALSE(run_until_signal([&](boost::asio::any_io_executor) { return note(ran); }));
    EXPECT_FALSE(ran);
  }
  EXPECT_TRUE(run_until_signal([&](boost::asio::any_io_executor) { return note(ran); }));
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace s3dr::app
