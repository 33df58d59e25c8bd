// EventBridge of one region: its JSON API (AWSEvents.*) over the default bus, and the work behind it: events
// leave the outbox (cloud/events/event_outbox.h) for the targets of the rules they match.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_events_service(cloud::RegionContext& region);

}  // namespace s3dr::services
