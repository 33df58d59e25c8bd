#include "base/task_group.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <utility>

#include "base/cleanup.h"
#include "base/error.h"

namespace s3dr {
namespace asio = boost::asio;

struct TaskGroup::State {
  explicit State(asio::any_io_executor executor)
      : executor(std::move(executor)), changed(this->executor, asio::steady_timer::time_point::max()) {}

  asio::any_io_executor executor;
  asio::steady_timer changed;  // cancelled whenever a task ends
  std::list<asio::cancellation_signal> signals;
  std::size_t running = 0;
  std::exception_ptr first_failure;
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
  S3DR_CHECK(state_->running == 0 || std::uncaught_exceptions() > 0);
}

void TaskGroup::spawn(Task<> task) {
  auto state = state_;
  const auto signal = state->signals.emplace(state->signals.end());
  ++state->running;
  asio::co_spawn(state->executor, std::move(task),
                 asio::bind_cancellation_slot(signal->slot(), [state, signal](std::exception_ptr failure) {
                   if (failure && !state->first_failure && !is_cancellation(failure))
                     state->first_failure = failure;
                   --state->running;
                   // The signal may be emitting right now (cancel() within a task): take it away later.
                   asio::post(state->executor, [state, signal] { state->signals.erase(signal); });
                   state->changed.cancel();
                 }));
}

void TaskGroup::cancel() {
  auto state = state_;
  // A handler may run inline and spawn or end tasks: walk over a stable count.
  std::size_t count = state->signals.size();
  for (auto it = state->signals.begin(); count > 0; ++it, --count)
    it->emit(asio::cancellation_type::terminal);
}

Task<> TaskGroup::join() {
  auto state = state_;
  // A group may not be left before its tasks have stopped, so a cancelled joiner goes on waiting; whoever
  // cancels it cancels the tasks through cancel().
  const bool threw_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (state->running > 0) {
    co_await state->changed.async_wait(
        asio::as_tuple(asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable)));
  }
  co_await asio::this_coro::throw_if_cancelled(threw_if_cancelled);
  if (state->first_failure) std::rethrow_exception(std::exchange(state->first_failure, nullptr));
}

Task<> TaskGroup::wait() {
  auto state = state_;
  while (state->running > 0) {
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    // A cancellation looks the same as a task that ended.
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_await join();
}

// Within the body of `run`: if its caller is cancelled already, nothing is started.
Task<> TaskGroup::spawn_and_wait(std::vector<Task<>> tasks) {
  for (Task<>& task : tasks) spawn(std::move(task));
  co_await wait();
}

Task<> TaskGroup::run(std::vector<Task<>> tasks) {
  co_await with_clean_up(spawn_and_wait(std::move(tasks)), [this] { return cancel_and_join(); });
}

Task<> TaskGroup::cancel_and_join() {
  cancel();
  co_await join();
}

std::size_t TaskGroup::running() const {
  return state_->running;
}

bool is_cancellation(const std::exception_ptr& failure) {
  if (!failure) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (const Error& error) {
    return error.kind() == ErrorKind::cancelled;
  } catch (...) {
    return false;
  }
}

}  // namespace s3dr
