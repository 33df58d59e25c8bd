// One stretch of the scheduled sweep. It walks as far as the time of the invocation allows. Then it puts
// events on the bus:
// - a "Bucket Check" event for each bucket that must be looked at;
// - a "Sweep" event, with which the next stretch goes on where this one stopped.
// The walk itself is functions/sweep_walk.h. Each Bucket Check becomes one invocation of source_bucket_check.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "functions/context.h"
#include "lambda/event_bus.h"
#include "lambda/input.h"

namespace s3dr::lambda {

struct StretchResult {
  functions::SweepCount count;
  std::uint64_t published = 0;          // Bucket Check events
  std::optional<SweepStretch> goes_on;  // the continuation that was put on the bus
  bool incomplete = false;              // a listing failed, in this stretch or in one before
};

// `until`: the uptime at which it stops walking. After that it puts what it found on the bus. It looks at one
// bucket at least, so that a chain of stretches always ends. A listing that fails ends its half; the chain goes on
// with the other one, and every later stretch knows that the sweep is incomplete. Raises what the bus raises, and
// cancelled. May be repeated, unless it has put a continuation: that would start a second chain.
Task<StretchResult> sweep_stretch(functions::Context context, EventBus& bus, SweepStretch stretch,
                                  milliseconds until);

}  // namespace s3dr::lambda
