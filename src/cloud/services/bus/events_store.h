// The tables of EventBridge's rules and their targets. Every function runs within the caller's transaction or on
// the reader.
// Not here: API destinations and their connections (destination_store.h), the waiting deliveries
// (delivery_queue.h), the form of requests (services/events/events_service.h), matching
// (services/events/events_routing.h).
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/context.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view events_schema;  // and the accounts that have their defaults (events_default.h)

struct EventRule {
  std::int64_t id = 0;
  std::string account, name, arn;
  std::string description, pattern, schedule, role;  // empty: none
  bool enabled = true;
  boost::json::object tags;
  std::optional<Instant> next;  // when its schedule fires
};

struct EventTarget {
  std::string id, arn;
  boost::json::object document;  // as PutTargets gave it
};

// "arn:aws:events:REGION:ACCOUNT:RESOURCE"
std::string events_arn(const s3::Region& region, std::string_view account, std::string_view resource);
// A UUID that is computed from the text. For rows that are written where Random must not be used.
std::string uuid_of(std::string_view text);

std::optional<EventRule> find_rule(cloud::Connection& db, std::string_view account, std::string_view name);
// At most `limit` rules with that prefix, in order of name, with names after `after`.
std::vector<EventRule> list_rules(cloud::Connection& db, std::string_view account, std::string_view prefix,
                                  std::string_view after, std::size_t limit);
// Writes all fields under the rule's account and name. An existing rule keeps its id and its tags.
void save_rule(cloud::Connection& db, const EventRule& rule);

std::vector<EventTarget> targets_of(cloud::Connection& db, std::int64_t rule);
void save_target(cloud::Connection& db, std::int64_t rule, const EventTarget& target);

}  // namespace s3dr::services
