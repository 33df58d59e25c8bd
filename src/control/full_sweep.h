// The periodic visit of *tagged ∪ recorded* buckets, from the first to the last: whatever an event lost, late or
// forged left behind is found here. Looks and publishes, never writes: creating is the functions' work.
#pragma once

#include <cstdint>

#include "base/task.h"
#include "functions/context.h"
#include "functions/sweep_walk.h"
#include "ports/topic.h"

namespace s3dr::control {

struct SweepResult {
  functions::SweepCount count;
  std::uint64_t published = 0;
  bool complete = false;  // false: a listing or a publication failed; the rest was published
};

// Publishes one `look` message a bucket to `topic`. Listing failures are logged and end that half of the
// sweep only. Raises cancelled only.
Task<SweepResult> full_sweep(functions::Context context, ports::Topic& topic);

}  // namespace s3dr::control
