// Asynchronous clean-up that finishes even when its caller has been cancelled.
// C++ makes this hard: a catch block may not co_await, and a cancelled coroutine throws at its next co_await
// of a Task, also in clean-up code. with_clean_up() handles both.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace s3dr {

// Runs `body`, then `clean_up()` to its end: when the body returned, when it failed, when it was cancelled,
// and also when the cancellation comes during the clean-up.
// Rethrows the body's error, else the clean-up's.
// `clean_up` returns a new Task. It may capture, but must not itself be a coroutine. It needs a deadline of
// its own, because nothing else ends it.
// If the caller was cancelled before the call, neither of the two runs.
template <class T>
Task<T> with_clean_up(Task<T> body, std::function<Task<>()> clean_up) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  std::exception_ptr failure;
  std::conditional_t<std::is_void_v<T>, std::optional<bool>, std::optional<T>> value;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
      value = true;
    } else {
      value.emplace(co_await std::move(body));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const bool threw_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto [clean_up_failure] = co_await asio::co_spawn(
      executor, clean_up(),
      asio::bind_cancellation_slot(asio::cancellation_slot(), asio::as_tuple(asio::use_awaitable)));
  co_await asio::this_coro::throw_if_cancelled(threw_if_cancelled);
  if (failure) std::rethrow_exception(failure);
  if (clean_up_failure) std::rethrow_exception(clean_up_failure);
  if constexpr (!std::is_void_v<T>) co_return std::move(*value);
}

}  // namespace s3dr
