// Runs one coroutine on an io_context of this thread: how every command gets from main() into the
// asynchronous world.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>

#include "base/task.h"

namespace s3dr::app {

using TaskStarter = std::function<Task<>(boost::asio::any_io_executor)>;

// SIGINT and SIGTERM cancel the task, which is then waited for; a second signal ends the process at once.
// Returns false when it was ended by a signal; rethrows the task's error. `start` returns a new Task (it may
// capture, but must not itself be a coroutine).
bool run_until_signal(const TaskStarter& start);
// The same for commands that end by themselves: a signal is an Error `cancelled`.
void run_task(const TaskStarter& start);

}  // namespace s3dr::app
