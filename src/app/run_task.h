// Runs one coroutine on an io_context of this thread. So every command gets from main() to asynchronous code.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "base/task.h"

namespace s3dr::app {

// A signal that a running task waits for; it does not end the process while this lives.
class Signals {
 public:
  Signals(const boost::asio::any_io_executor& executor, int number);
  ~Signals();
  Task<> wait();  // until it comes the next time

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using TaskStarter = std::function<Task<>(boost::asio::any_io_executor)>;

// From now on the first SIGINT or SIGTERM is kept for the next run_until_signal. It comes before the work that
// precedes a task (reading a package), where a signal would end the process without a word. The second one has
// its usual effect.
void notice_signals();

// Runs a task to its end. SIGINT and SIGTERM cancel the task and wait for it; a second signal ends the
// process at once. Returns false when a signal ended the task. Rethrows the task's error. `start` returns a
// new Task. It may capture, but must not itself be a coroutine.
bool run_until_signal(const TaskStarter& start);
// The same for commands that end by themselves. A signal raises Error `cancelled`.
void run_task(const TaskStarter& start);

}  // namespace s3dr::app
