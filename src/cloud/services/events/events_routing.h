// The first half of an event's way: from the outbox to the delivery queue. Every event is matched against the
// rules of its account. Schedules fire here too. The second half is events_delivery.h.
#pragma once

#include "cloud/store/context.h"

namespace s3dr::services {

struct Routed {
  int events = 0;            // taken from the outbox
  int ticks = 0;             // schedules that fired
  int unreadable = 0;        // dropped: not JSON, or without an account
  std::int64_t dropped = 0;  // deliveries that were dropped because the queue was full
  bool over_http = false;    // there is something to post
};

// Routes one batch in one transaction: it takes an event out of the outbox and writes its deliveries.
// Management events of S3 are routed only while a trail of their account is logging. A rule whose pattern can
// no longer be read matches nothing.
Task<Routed> route_batch(cloud::RegionContext& region);

// When the next schedule fires; nullopt: none does.
std::optional<Instant> next_tick(cloud::Connection& db);

// The event of a schedule: source aws.events, detail-type Scheduled Event.
std::string tick_event(const std::string& id, const std::string& rule_arn, const std::string& account,
                       const s3::Region& region, Instant due);

}  // namespace s3dr::services
