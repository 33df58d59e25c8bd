#include "client/credentials/refreshing_credentials.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::client {
namespace {

namespace asio = boost::asio;

constexpr milliseconds advisory_before{15 * 60'000};
constexpr milliseconds mandatory_before{10 * 60'000};
// Short-lived keys are in their last ten minutes from the start, and a source may fail. In these cases too the
// source is asked only once in this time.
constexpr milliseconds pause_between{60'000};
// After a failure of a statically stable source: five to ten minutes, so that not all instances come at once.
constexpr milliseconds stable_pause_min{5 * 60'000};
constexpr std::uint64_t stable_pause_spread_ms = 5 * 60'000;

// A renewal under way, and its result for those who wait for it.
struct Flight {
  explicit Flight(const asio::any_io_executor& executor)
      : changed(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer changed;  // never expires; cancelled to wake everybody
  bool ended = false;
  std::optional<Error> failure;
};

class RefreshingCredentials : public CredentialsProvider {
 public:
  RefreshingCredentials(SourceChooser choose, Clock& clock, Random& random)
      : choose_(std::move(choose)), clock_(clock), random_(random) {}

  Task<aws::Credentials> get() override {
    while (true) {
      const Need need = need_now();
      if (need == Need::nothing || (need == Need::advisory && flight_)) co_return held_->keys;
      if (!flight_) {
        co_await fly(need);
        co_return held_->keys;
      }
      const std::shared_ptr<Flight> flight = flight_;
      co_await flight->changed.async_wait(asio::as_tuple(asio::use_awaitable));
      // A cancellation from outside looks the same as a wake-up; the flag tells them apart.
      if (!flight->ended) throw boost::system::system_error(asio::error::operation_aborted);
      if (flight->failure) throw *flight->failure;
    }
  }

  bool renew() override {
    refused_ = true;
    source_.reset();
    return true;
  }

 private:
  enum class Need { nothing, advisory, mandatory };

  Need need_now() const {
    if (!held_ || refused_) return Need::mandatory;
    if (!held_->expires || clock_.uptime() < not_before_) return Need::nothing;
    const milliseconds left = *held_->expires - clock_.now();
    if (left < mandatory_before) return Need::mandatory;
    return left < advisory_before ? Need::advisory : Need::nothing;
  }

  // Renews. Returns with usable keys held, or raises.
  Task<> fly(Need need) {
    const auto flight = std::make_shared<Flight>(co_await asio::this_coro::executor);
    flight_ = flight;
    const Landing landing{*this, *flight};  // also when we are cancelled: then the next one that waits renews
    std::optional<Error> failure;
    try {
      if (!source_) source_ = choose_();
      const std::shared_ptr<CredentialSource> source = source_;  // renew() may drop it meanwhile
      accept(co_await source->fetch(), source->is_statically_stable());
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      failure = error;
    }
    if (!failure || need == Need::advisory || may_go_on(*failure)) {
      if (failure) pause();
      co_return;
    }
    flight->failure = failure;
    throw *failure;
  }

  struct Landing {
    RefreshingCredentials& owner;
    Flight& flight;
    ~Landing() {
      flight.ended = true;
      flight.changed.cancel();
      owner.flight_.reset();
    }
  };

  void accept(TimedCredentials fetched, bool stable) {
    is_stable_ = stable;
    const bool expired = fetched.expires && *fetched.expires <= clock_.now();
    if (expired && !stable) {
      throw Error(ErrorKind::invalid,
                  "the credentials have expired at " + to_iso8601_seconds(*fetched.expires))
          .with_resource(source_ ? source_->where() : std::string())
          .with_advice("replace them, or ask for new ones");
    }
    held_ = std::move(fetched);
    refused_ = false;
    not_before_ = clock_.uptime() + (expired ? stable_pause() : short_pause());
  }

  // After a failure: are the keys we hold still good?
  bool may_go_on(const Error& failure) const {
    if (!held_) return false;
    const bool source_is_down = failure.kind() == ErrorKind::unavailable ||
                                failure.kind() == ErrorKind::outcome_unknown ||
                                failure.kind() == ErrorKind::throttled;
    if (is_stable_ && source_is_down) return true;
    return !refused_ && held_->expires && *held_->expires > clock_.now();
  }

  void pause() {
    refused_ = false;
    not_before_ = clock_.uptime() + (is_stable_ ? stable_pause() : short_pause());
  }

  // Never past the expiry.
  milliseconds short_pause() const {
    if (!held_->expires) return pause_between;
    return std::min(pause_between, std::max(milliseconds(0), *held_->expires - clock_.now()));
  }
  milliseconds stable_pause() {
    return stable_pause_min + milliseconds(static_cast<std::int64_t>(random_.below(stable_pause_spread_ms)));
  }

  SourceChooser choose_;
  Clock& clock_;
  Random& random_;
  std::shared_ptr<CredentialSource> source_;
  std::optional<TimedCredentials> held_;
  bool is_stable_ = false;
  bool refused_ = false;        // the server said that they have expired
  milliseconds not_before_{0};  // uptime before which the source is left alone
  std::shared_ptr<Flight> flight_;
};

}  // namespace

std::unique_ptr<CredentialsProvider> make_refreshing_credentials(SourceChooser choose, Clock& clock,
                                                                 Random& random) {
  return std::make_unique<RefreshingCredentials>(std::move(choose), clock, random);
}

}  // namespace s3dr::client
