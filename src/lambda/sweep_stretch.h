// One stretch of the scheduled sweep. It walks as far as the time of the invocation allows. Then it puts
// events on the bus:
// - a "Bucket Check" event for each bucket and protection that must be looked at;
// - a "Sweep" event, with which the next stretch goes on where this one stopped.
// The walk itself is functions/sweep_walk.h. Each Bucket Check becomes one invocation of source_bucket_check.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "functions/context.h"
#include "lambda/event_bus.h"
#include "lambda/input.h"

namespace s3dr::lambda {

struct StretchResult {
  std::vector<functions::SweepCount> counts;  // by destination place (functions/sweep_walk.h)
  std::uint64_t published = 0;                // Bucket Check events
  std::optional<SweepStretch> goes_on;        // the continuation that was put on the bus
  bool incomplete_before = false;             // a listing failed in a stretch before

  // The first listing that failed and ended its part of the walk.
  std::optional<ErrorKind> ended() const {
    for (const functions::SweepCount& count : counts) {
      if (count.ended) return count.ended;
    }
    return std::nullopt;
  }
  // A listing of this place failed, or one of any place in a stretch before.
  bool is_incomplete(std::size_t place) const { return incomplete_before || counts[place].ended; }
};

// `until`: the uptime at which it stops walking. After that it puts what it found on the bus. It looks at one
// bucket at least, so that a chain of stretches always ends. A listing that fails ends its part; the chain goes on
// with the next one, and every later stretch knows that the sweep is incomplete. Raises what the bus raises, and
// cancelled. May be repeated, unless it has put a continuation: that would start a second chain. `contexts`: of all
// protections, in their order.
Task<StretchResult> sweep_stretch(std::vector<functions::Context> contexts, EventBus& bus,
                                  SweepStretch stretch, milliseconds until);

}  // namespace s3dr::lambda
