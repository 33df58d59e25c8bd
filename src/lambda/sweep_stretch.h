// One stretch of the scheduled sweep: walks as far as the time of the invocation allows, puts a "Bucket
// Check" event for each bucket that has to be looked at on the bus, and a "Sweep" event that goes on where
// this one stopped. Walking is functions/sweep_walk.h; what then happens to a bucket is source_bucket_check's, one
// invocation each.
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
};

// `until`: uptime at which it stops walking; what it found is put on the bus after that. Looks at one bucket
// at least, so that a chain of stretches always ends. Raises what the bus raises, and cancelled; may be
// repeated.
Task<StretchResult> sweep_stretch(functions::Context context, EventBus& bus, SweepStretch stretch,
                                  milliseconds until);

}  // namespace s3dr::lambda
