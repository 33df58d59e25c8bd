// Tasks that are started together and always joined. Nothing in the project is detached outside of this
// class.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "base/task.h"

namespace s3dr {

class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor executor);
  ~TaskGroup();  // join() must have returned (or nothing was ever spawned)
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts a task. If it ends with an error, the group keeps it, and join() rethrows the first one.
  // Cancellation is not an error.
  void spawn(Task<> task);
  // Asks every running task to stop (terminal cancellation). They must still be joined. A task may call it only after it
  // has waited for something: Boost 1.81 ends the program when a coroutine is cancelled that never suspended.
  void cancel();
  // Starts all of them and waits until every one has ended. Rethrows the first error. When its caller is cancelled, it
  // cancels them and waits for them all the same.
  Task<> run(std::vector<Task<>> tasks);
  // Waits until every task has ended, also those spawned meanwhile. Rethrows the first error. May be called
  // again.
  Task<> join();
  // Like join(), but when its caller is cancelled it stops waiting and throws. Use it as the body of
  // with_clean_up, with cancel_and_join() as the clean-up.
  Task<> wait();
  // cancel() and join(), for use as clean-up in with_clean_up (base/cleanup.h).
  Task<> cancel_and_join();
  std::size_t running() const;

 private:
  Task<> spawn_and_wait(std::vector<Task<>> tasks);

  struct State;
  std::shared_ptr<State> state_;
};

// True for the exception with which a cancelled Asio operation ends, and for Error of kind cancelled.
bool is_cancellation(const std::exception_ptr& failure);

}  // namespace s3dr
