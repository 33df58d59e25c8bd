// The periodic visit of *tagged ∪ recorded* buckets: whatever an event lost, late or forged left behind is
// found here. Looks and publishes, never writes: creating is the functions' work.
#pragma once

#include <cstdint>

#include "base/task.h"
#include "functions/context.h"
#include "ports/topic.h"

namespace s3dr::control {

struct SweepResult {
  std::uint64_t buckets_seen = 0;
  std::uint64_t tagged = 0;
  std::uint64_t recorded = 0;
  std::uint64_t published = 0;
  std::uint64_t failed =
      0;  // buckets whose tags could not be read: published all the same, so the function reports it
  bool complete = false;  // false: a listing failed; what was seen until then was published
};

// Publishes one `look` message a bucket to `topic`. Listing failures are logged and end that half of the
// sweep only. Raises cancelled only.
Task<SweepResult> sweep(functions::Context context, ports::Topic& topic);

}  // namespace s3dr::control
