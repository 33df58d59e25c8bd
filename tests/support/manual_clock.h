// A Clock that a test moves by hand. Sleepers wake when advance() reaches their time, in the order of their
// times. With `Sleeps::skip` a sleep moves the clock itself and ends at once. For one thread.
// It does not use real time.
#pragma once

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <memory>
#include <vector>

#include "base/clock.h"

namespace s3dr::test {

enum class Sleeps { wait, skip };

class ManualClock : public Clock {
 public:
  explicit ManualClock(Sleeps sleeps = Sleeps::wait,
                       Instant start = Instant(std::chrono::sys_days(std::chrono::year(2026) / 8 / 1)))
      : sleeps_(sleeps), start_(start) {}

  Instant now() const override { return start_ + elapsed_; }
  milliseconds uptime() const override { return elapsed_; }

  Task<> sleep(milliseconds duration) override {
    slept_.push_back(duration);
    const auto executor = co_await boost::asio::this_coro::executor;
    if (sleeps_ == Sleeps::skip || duration <= milliseconds(0)) {
      elapsed_ += std::max(duration, milliseconds(0));
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
      co_return;
    }
    auto sleeper = std::make_shared<Sleeper>(executor);
    const auto place = sleepers_.emplace(elapsed_ + duration, sleeper);
    co_await sleeper->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (sleeper->woken) co_return;
    sleepers_.erase(place);
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  }

  // Moves the clock and wakes the sleepers whose time has come. They run when the io_context runs next.
  void advance(milliseconds duration) {
    elapsed_ += duration;
    while (!sleepers_.empty() && sleepers_.begin()->first <= elapsed_) {
      const auto sleeper = sleepers_.begin()->second;
      sleepers_.erase(sleepers_.begin());
      sleeper->woken = true;
      sleeper->timer.cancel();
    }
  }

  std::size_t sleepers() const { return sleepers_.size(); }
  // Every duration asked for, in order.
  const std::vector<milliseconds>& slept() const { return slept_; }

 private:
  struct Sleeper {
    explicit Sleeper(const boost::asio::any_io_executor& executor)
        : timer(executor, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer timer;
    bool woken = false;
  };

  Sleeps sleeps_;
  Instant start_;
  milliseconds elapsed_{0};
  std::multimap<milliseconds, std::shared_ptr<Sleeper>> sleepers_;
  std::vector<milliseconds> slept_;
};

}  // namespace s3dr::test
