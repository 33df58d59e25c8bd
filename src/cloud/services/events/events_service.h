// EventBridge of one region: its JSON API (AWSEvents.*) for the default bus, and its background work. The
// work takes events from the outbox (cloud/events/event_outbox.h)
// and delivers them to the targets of the rules they match.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_events_service(cloud::RegionContext& region);

}  // namespace s3dr::services
