// The queue of events that wait for their targets. Every function runs within the caller's transaction or on the
// reader. Not here: handing over (services/events/events_delivery.h, services/events/events_http.h).
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/services/bus/events_store.h"

namespace s3dr::services {

extern const std::string_view deliveries_schema;

// One event on its way to one target of one rule. It holds a copy of both: changing the rule does not change
// events that have already matched.
struct EventDelivery {
  std::string id;  // the target also uses this id: an event that arrives twice is taken once
  std::string rule_arn, rule_name, account;
  std::string target_arn;
  boost::json::object target;
  std::string event;
  Instant queued{};
  int attempts = 0;
};

struct Queued {
  bool over_http = false;    // at least one target is reached over HTTP
  std::int64_t dropped = 0;  // older deliveries that were dropped to make room
};
// Queues an event for every target of the rule.
// `event` is its text; the deliveries' ids are made from `event_id`.
// At most `deliveries_max` deliveries over HTTP wait. If there are more, the oldest are dropped and counted.
Queued queue_deliveries(cloud::Connection& db, const EventRule& rule, std::string_view event_id,
                        const std::string& event, Instant now, std::size_t deliveries_max);

enum class Reached { in_region, over_http };
std::vector<EventDelivery> due_deliveries(cloud::Connection& db, Reached reached, Instant now, int limit,
                                          std::string_view target_arn = "");
void remove_delivery(cloud::Connection& db, const std::string& id);
void postpone_delivery(cloud::Connection& db, const std::string& id, Instant due);

void count_dropped(cloud::Connection& db, std::int64_t deliveries);

}  // namespace s3dr::services
