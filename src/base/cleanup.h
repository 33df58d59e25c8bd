// Asynchronous clean-up that finishes even when its caller has been cancelled.
// A handler may not co_await: catch, keep the exception_ptr, leave the handler, `co_await
// shielded(clean_up())`, rethrow.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <tuple>
#include <utility>

#include "base/task.h"

namespace s3dr {

// Runs `operation` to its end whatever happens to the caller; rethrows its error.
inline Task<> shielded(Task<> operation) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  const bool threw_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto [failure] = co_await asio::co_spawn(
      executor, std::move(operation),
      asio::bind_cancellation_slot(asio::cancellation_slot(), asio::as_tuple(asio::use_awaitable)));
  co_await asio::this_coro::throw_if_cancelled(threw_if_cancelled);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace s3dr
