// Posts events to API destinations, at least once: the one place where an event leaves the region.
#pragma once

#include "base/notifier.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// Runs until cancelled. Destinations do not wait for each other; to one of them events go one after the
// other, the oldest first, and when it cannot be reached only one at a time is tried until it is back.
// Retried: no answer within `event_request_max`, 401, 407, 409, 429 (Retry-After is followed) and 5xx;
// anything else is not. Source: EventBridge User Guide, "API destinations".
Task<> post_events(cloud::RegionContext& region, Notifier& wake);

}  // namespace s3dr::services
