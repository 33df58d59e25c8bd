// Runs one coroutine on an io_context of this thread. So every command gets from main() to asynchronous code.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>

#include "base/task.h"

namespace s3dr::app {

using TaskStarter = std::function<Task<>(boost::asio::any_io_executor)>;

// Runs a task to its end. SIGINT and SIGTERM cancel the task and wait for it; a second signal ends the
// process at once. Returns false when a signal ended the task. Rethrows the task's error. `start` returns a
// new Task. It may capture, but must not itself be a coroutine.
bool run_until_signal(const TaskStarter& start);
// The same for commands that end by themselves. A signal raises Error `cancelled`.
void run_task(const TaskStarter& start);

}  // namespace s3dr::app
