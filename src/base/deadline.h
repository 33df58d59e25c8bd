// The only way to give an operation a deadline. `||` of awaitables is banned: in Boost 1.81 it waits for the
// first *success*, so an AccessDenied becomes a timeout (docs/decisions/001-compiler-and-libraries.md).
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"

namespace s3dr {

// Runs `operation`. If it has not ended after `limit`: cancels it, waits until it has really stopped, and
// raises `on_timeout`. The default is outcome_unknown, because the operation may have taken effect.
// An error of the operation itself is rethrown as it is.
template <class T>
Task<T> with_deadline(Clock& clock, milliseconds limit, Task<T> operation,
                      Error on_timeout = Error(ErrorKind::outcome_unknown,
                                               "no answer within the time limit")) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto group =
      asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(operation), asio::deferred),
                                              asio::co_spawn(executor, clock.sleep(limit), asio::deferred));
  if constexpr (std::is_void_v<T>) {
    auto [order, failure, timer_failure] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    // The operation may end while it is being cancelled. Then its result counts, even if the timer was first.
    if (!failure) co_return;
    if (order[0] == 0) std::rethrow_exception(failure);
    if (timer_failure) std::rethrow_exception(failure);  // both were cancelled from outside
    throw on_timeout;
  } else {
    auto [order, failure, value, timer_failure] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (!failure) co_return std::move(value);
    if (order[0] == 0) std::rethrow_exception(failure);
    if (timer_failure) std::rethrow_exception(failure);
    throw on_timeout;
  }
}

}  // namespace s3dr
