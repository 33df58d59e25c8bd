// The tables of the EventBridge service: rules and their targets, API destinations and their connections, and
// the waiting deliveries. Every function runs within the caller's transaction or on the reader.
// Not here: the form of requests (services/events/events_service.h), matching
// (services/events/events_routing.h), handing over (services/events/events_delivery.h).
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "cloud/store/context.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view events_schema;

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

struct EventConnection {
  std::string account, name, arn, description;
  std::string header;  // ApiKeyName
  Secret value;        // ApiKeyValue; it is sent to the endpoint and nowhere else
  Instant created{}, modified{};
};

struct ApiDestination {
  std::string account, name, arn, description, connection_arn, url, method;
  std::int64_t rate_per_second = 300;
  Instant created{}, modified{};
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

std::optional<EventConnection> find_connection(cloud::Connection& db, std::string_view account,
                                               std::string_view name);
std::optional<EventConnection> find_connection_by_arn(cloud::Connection& db, std::string_view arn);
std::vector<EventConnection> list_connections(cloud::Connection& db, std::string_view account,
                                              std::string_view prefix, std::string_view after,
                                              std::size_t limit);
void save_connection(cloud::Connection& db, const EventConnection& connection);

std::optional<ApiDestination> find_api_destination(cloud::Connection& db, std::string_view account,
                                                   std::string_view name);
std::optional<ApiDestination> find_api_destination_by_arn(cloud::Connection& db, std::string_view arn);
std::vector<ApiDestination> list_api_destinations(cloud::Connection& db, std::string_view account,
                                                  std::string_view prefix, std::string_view after,
                                                  std::size_t limit);
void save_api_destination(cloud::Connection& db, const ApiDestination& destination);

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
