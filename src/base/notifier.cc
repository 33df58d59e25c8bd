#include "base/notifier.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "base/deadline.h"

namespace s3dr {
namespace asio = boost::asio;

struct Notifier::State {
  explicit State(const asio::any_io_executor& executor)
      : changed(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer changed;  // never expires; cancelled to wake the waiter
  bool notified = false;
};

namespace {

Task<> wait_until_notified(asio::steady_timer& changed, const bool& notified) {
  while (!notified) {
    co_await changed.async_wait(asio::as_tuple(asio::use_awaitable));
    // A cancellation from outside looks the same as a wake-up; the flag tells them apart.
    if (!notified) throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace

Notifier::Notifier(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}

Notifier::~Notifier() = default;

void Notifier::notify() {
  state_->notified = true;
  state_->changed.cancel();
}

Task<> Notifier::wait(Clock& clock, std::optional<milliseconds> limit) {
  const auto state = state_;
  if (!limit) {
    co_await wait_until_notified(state->changed, state->notified);
  } else if (!state->notified && limit->count() > 0) {
    bool timed_out = false;
    try {
      co_await with_deadline(clock, *limit, wait_until_notified(state->changed, state->notified),
                             Error(ErrorKind::cancelled, "not notified in time"));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::cancelled) throw;
      timed_out = true;
    }
    if (timed_out) co_return;
  }
  state->notified = false;
}

}  // namespace s3dr
