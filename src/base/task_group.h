// Tasks that are started together and always joined. Nothing in the project is detached outside of it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <exception>
#include <memory>
#include <string>

#include "base/task.h"

namespace s3dr {

class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor executor);
  ~TaskGroup();  // join() must have returned (or nothing was ever spawned)
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts a task. An error it ends with is kept: the first one is rethrown by join(); cancellation is not an
  // error.
  void spawn(Task<> task);
  // Asks every running task to stop (terminal cancellation). They still have to be joined.
  void cancel();
  // Waits until every task has ended, also tasks spawned meanwhile; rethrows the first error. May be called
  // again.
  Task<> join();
  // The same, but a cancelled waiter stops waiting and throws: the body of with_clean_up, with
  // cancel_and_join() behind it.
  Task<> wait();
  // cancel() and join(), as clean-up: for with_clean_up (base/cleanup.h).
  Task<> cancel_and_join();
  std::size_t running() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// True for the exception with which a cancelled Asio operation ends, and for Error of kind cancelled.
bool is_cancellation(const std::exception_ptr& failure);

}  // namespace s3dr
