// The periodic visit of *tagged ∪ recorded* buckets, from the first to the last. It finds what a lost, late or
// forged event left undone. It looks and publishes and never writes: the functions create what is missing.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "functions/context.h"
#include "functions/sweep_walk.h"
#include "ports/topic.h"

namespace s3dr::control {

struct SweepResult {
  std::vector<functions::SweepCount> counts;  // by destination place (functions/sweep_walk.h)
  std::uint64_t published = 0;
  bool all_published = true;  // false: a publication failed
  bool complete = false;      // false: a listing or a publication failed; the rest was published
};

// A sign of life in the middle of a sweep that takes long.
struct Pulse {
  milliseconds every = milliseconds::max();
  std::function<Task<>(std::vector<functions::SweepCount>)> beat;  // raises cancelled only
};

// Publishes one `look` message for each bucket and protection to `topic`. `contexts`: of all protections, in their
// order. A listing that fails is logged and ends only its part of the sweep. Raises cancelled only.
Task<SweepResult> full_sweep(std::vector<functions::Context> contexts, ports::Topic& topic, Pulse pulse = {});

}  // namespace s3dr::control
