#include "cloud/wakeup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace s3dr::cloud {
namespace asio = boost::asio;

struct Wakeup::State {
  explicit State(asio::any_io_executor executor)
      : timer(std::move(executor), asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;  // never expires: cancelled to wake
  bool woken = false;
};

Wakeup::Wakeup(asio::any_io_executor executor) : state_(std::make_unique<State>(std::move(executor))) {}
Wakeup::~Wakeup() = default;

void Wakeup::wake() {
  state_->woken = true;
  state_->timer.cancel();
}

Task<> Wakeup::wait(Clock& clock, milliseconds limit) {
  if (!state_->woken) {
    auto either = asio::experimental::make_parallel_group(
        state_->timer.async_wait(asio::deferred),
        asio::co_spawn(state_->timer.get_executor(), clock.sleep(limit), asio::deferred));
    const auto [order, woken, cancelled] =
        co_await either.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (!state_->woken && cancelled) std::rethrow_exception(cancelled);
  }
  state_->woken = false;
}

}  // namespace s3dr::cloud
