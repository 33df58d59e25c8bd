// Virtual time. It stands still while anything can run, then jumps to the next sleeper. Sleepers with the
// same wake-up time wake in the order in which they went to sleep, so a run depends only on its seed.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace s3dr::sim {

class VirtualClock : public Clock {
 public:
  explicit VirtualClock(Instant start) : start_(start) {}

  Instant now() const override { return start_ + uptime_; }
  milliseconds uptime() const override { return uptime_; }
  Task<> sleep(milliseconds duration) override;

  // Jumps to the first sleeper and wakes it; false: nobody sleeps.
  bool advance();
  std::optional<milliseconds> next() const;  // when the next sleeper wakes, by uptime()

 private:
  using Place = std::pair<milliseconds, std::uint64_t>;
  Instant start_;
  milliseconds uptime_{0};
  std::uint64_t sequence_ = 0;
  std::map<Place, std::shared_ptr<boost::asio::steady_timer>> sleepers_;
};

}  // namespace s3dr::sim
