// Takes events out of the outbox and posts them to the HTTP intake of `s3dr serve`, at least once. What an
// event says: cloud/event_outbox.h.
#pragma once

#include "base/notifier.h"
#include "base/task.h"
#include "cloud/context.h"

namespace s3dr::cloud {

// Runs until cancelled. Events go in the order in which they were recorded; one that fails is tried again
// later, with backoff, and does not hold up the others. Without an endpoint they wait.
Task<> deliver_events(RegionContext& region, Notifier& wakeup);

// What waits, and what was lost because the outbox was full. For status and tests.
struct OutboxState {
  std::uint64_t waiting = 0;
  std::uint64_t dropped = 0;
};
OutboxState outbox_state(RegionContext& region);

}  // namespace s3dr::cloud
