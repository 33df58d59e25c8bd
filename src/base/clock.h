// Time as an argument. Production uses RealClock. The simulation uses a virtual clock that jumps to the next
// timer.
#pragma once

#include <chrono>
#include <memory>

#include "base/task.h"

namespace s3dr {

using std::chrono::milliseconds;
using Instant = std::chrono::sys_time<milliseconds>;  // UTC wall time

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time; may jump when the machine's clock is set. For signatures, records and ages.
  virtual Instant now() const = 0;
  // Never jumps back. For deadlines and durations.
  virtual milliseconds uptime() const = 0;
  // Returns after `duration` of uptime. Only cancellation ends it early: then it throws
  // boost::system::system_error (operation_aborted).
  virtual Task<> sleep(milliseconds duration) = 0;
};

std::unique_ptr<Clock> make_real_clock();

}  // namespace s3dr
