// From the outbox to the targets' queue: every event is matched against the rules of its account, and
// schedules fire. The first half of the way; events_delivery.h is the second.
#pragma once

#include "cloud/store/context.h"

namespace s3dr::services {

struct Routed {
  int events = 0;            // taken from the outbox
  int ticks = 0;             // of schedules
  int unreadable = 0;        // no JSON, or without an account: gone
  std::int64_t dropped = 0;  // deliveries that had to go: the queue is full
  bool over_http = false;    // something is to be posted
};

// One batch, in one transaction: an event leaves the outbox together with its deliveries. Management events
// of S3 go on only while a trail of their account is logging. A rule whose pattern cannot be read any more
// matches nothing.
Task<Routed> route_batch(cloud::RegionContext& region);

// When the next schedule fires; nullopt: none does.
std::optional<Instant> next_tick(cloud::Connection& db);

// The event of a schedule: source aws.events, detail-type Scheduled Event.
std::string tick_event(const std::string& id, const std::string& rule_arn, const std::string& account,
                       const s3::Region& region, Instant due);

}  // namespace s3dr::services
