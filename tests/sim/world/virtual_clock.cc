#include "sim/world/virtual_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace s3dr::sim {
namespace asio = boost::asio;

Task<> VirtualClock::sleep(milliseconds duration) {
  const Place place{uptime_ + std::max(duration, milliseconds(0)), sequence_++};
  const auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor,
                                                          asio::steady_timer::time_point::max());
  sleepers_.emplace(place, timer);
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  // advance() takes the sleeper out before it wakes it; who is still in was cancelled from outside.
  if (sleepers_.erase(place) > 0) throw boost::system::system_error(asio::error::operation_aborted);
}

bool VirtualClock::advance() {
  if (sleepers_.empty()) return false;
  const auto first = sleepers_.begin();
  const auto timer = first->second;
  uptime_ = std::max(uptime_, first->first.first);
  sleepers_.erase(first);
  timer->cancel();
  return true;
}

std::optional<milliseconds> VirtualClock::next() const {
  if (sleepers_.empty()) return std::nullopt;
  return sleepers_.begin()->first.first;
}

}  // namespace s3dr::sim
