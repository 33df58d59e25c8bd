// Runs one coroutine on an io_context of its own, or on the test's, and returns its result.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/task.h"

namespace s3dr::test {

// How a started coroutine ended. While it runs, `ended` is false. Needs: it outlives the coroutine.
struct Outcome {
  bool ended = false;
  std::exception_ptr failure;
  boost::asio::cancellation_signal signal;

  void cancel() { signal.emit(boost::asio::cancellation_type::terminal); }
  void rethrow() const {
    if (failure) std::rethrow_exception(failure);
  }
};

inline void start(boost::asio::io_context& context, Task<> task, Outcome& outcome) {
  boost::asio::co_spawn(
      context, std::move(task),
      boost::asio::bind_cancellation_slot(outcome.signal.slot(), [&outcome](std::exception_ptr failure) {
        outcome.ended = true;
        outcome.failure = failure;
      }));
}

// Runs everything that can run now. What waits for a timer or the network keeps waiting.
inline void settle(boost::asio::io_context& context) {
  context.restart();
  while (context.poll() > 0) context.restart();
}

// Runs the coroutine to its end and returns its value or throws its error.
// Throws std::runtime_error after two minutes.
template <class T>
T run(boost::asio::io_context& context, Task<T> task) {
  std::exception_ptr failure;
  bool ended = false;
  std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value;
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr error) {
      failure = error;
      ended = true;
    });
  } else {
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T result) {
      failure = error;
      if (!error) value.emplace(std::move(result));
      ended = true;
    });
  }
  context.restart();
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (!ended && std::chrono::steady_clock::now() < limit) {
    if (context.run_one_for(std::chrono::milliseconds(100)) == 0) context.restart();
  }
  if (!ended) throw std::runtime_error("the coroutine did not end within two minutes");
  if (failure) std::rethrow_exception(failure);
  if constexpr (!std::is_void_v<T>) return std::move(*value);
}

template <class T>
T run(Task<T> task) {
  boost::asio::io_context context;
  return run(context, std::move(task));
}

}  // namespace s3dr::test
