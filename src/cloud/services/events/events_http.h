// Posts events to API destinations, at least once. The only place where an event leaves the region.
#pragma once

#include "base/notifier.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// Runs until cancelled.
// - Destinations do not wait for each other.
//   One destination gets its events one after the other, the oldest first.
//   When it cannot be reached, only one event is tried at a time until it is back.
// - Retried: no answer within `event_request_max`, 401, 407, 409, 429 (Retry-After is followed) and 5xx.
//   Nothing else is retried. Source: EventBridge User Guide, "API destinations".
Task<> post_events(cloud::RegionContext& region, Notifier& wake);

}  // namespace s3dr::services
