#include "deploy/deployment_status.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "deploy/declare/declaration.h"
#include "deploy/log_pages.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr milliseconds errors_age_max{24 * 3'600'000};
constexpr std::size_t errors_max = 5;  // of a function
constexpr int error_pages_max = 20;    // of a function's log; a page has up to 10,000 lines

Task<> add_errors(client::ServiceClient& client, std::string log_group, Instant now, FunctionStatus& status) {
  LogPages pages(client, std::move(log_group), now - errors_age_max, "?ERROR ?WARN ?\"Task timed out\"");
  ErrorSummary summary;
  Instant until{};
  for (int number = 0;; ++number) {
    if (number == error_pages_max) {
      status.errors_unread = "only " + std::to_string(error_pages_max) +
                             " pages of the day's errors and warnings were read" +
                             (until == Instant{} ? "" : ", up to " + to_iso8601_seconds(until));
      break;
    }
    const auto page = co_await pages.next();
    if (!page) break;
    for (const LogLine& line : *page) {
      summary.add(line.text);
      until = std::max(until, line.at);
    }
  }
  status.last_errors = summary.last(errors_max);
}

Task<FunctionStatus> function_status(client::ServiceClient& client, std::string place, std::string name,
                                     std::string log_group, Instant now) {
  ServiceCalls calls(client);
  FunctionStatus result;
  result.name = name;
  result.place = std::move(place);
  const auto found = co_await calls.lambda_if_found("GET", "/2015-03-31/functions/" + uri_encode(name));
  if (!found) {
    result.state = "absent";
    co_return result;
  }
  const json::value& live = at(*found, {"Configuration"});
  result.state = text_at(live, {"State"});
  if (result.state.empty()) result.state = "unknown: Lambda does not say its state";
  if (text_at(live, {"LastUpdateStatus"}) == "Failed")
    result.state = "update failed: " + text_at(live, {"LastUpdateStatusReason"});
  if (normal_number(at(*found, {"Concurrency", "ReservedConcurrentExecutions"})) == json::value(0))
    result.state = "stopped: reserved concurrency 0, nothing can start it";
  result.last_modified = text_at(live, {"LastModified"});
  co_await add_errors(client, std::move(log_group), now, result);
  co_return result;
}

Task<> add_alarms(client::ServiceClient& client, std::string place, std::string prefix,
                  std::vector<AlarmStatus>& alarms) {
  ServiceCalls calls(client);
  std::string token;
  do {
    json::object body{{"AlarmNamePrefix", prefix}};
    if (!token.empty()) body["NextToken"] = token;
    const json::value page = co_await calls.json(monitoring_service, "DescribeAlarms", std::move(body));
    for (const json::value& alarm : list_at(page, {"MetricAlarms"})) {
      AlarmStatus& status = alarms.emplace_back();
      status.name = text_at(alarm, {"AlarmName"});
      status.place = place;
      status.state = text_at(alarm, {"StateValue"});
      status.reason = text_at(alarm, {"StateReason"});
      status.missing_data = text_at(alarm, {"TreatMissingData"});
    }
    token = text_at(page, {"NextToken"});
  } while (!token.empty());
}

// An alarm that was deleted by hand is as quiet as one that is content.
void compare_with_declaration(std::vector<AlarmStatus>& alarms, const Settings& settings) {
  for (const Resource& resource : declare(settings)) {
    if (resource.kind != Kind::alarm || !resource.wanted) continue;
    const auto is_it = [&](const AlarmStatus& one) {
      return one.name == resource.name && one.place == resource.place;
    };
    const auto found = std::ranges::find_if(alarms, is_it);
    if (found != alarms.end()) {
      found->declared = true;
      continue;
    }
    AlarmStatus& absent = alarms.emplace_back();
    absent.name = resource.name;
    absent.place = resource.place;
    absent.state = "absent";
    absent.reason = "s3dr deploy apply makes it; with --no-alarms none is expected";
    absent.declared = true;
  }
}

// INSUFFICIENT_DATA is where every alarm begins. One that takes missing data for good leaves it at its next
// evaluation. One that ignores missing data stays there until there is a first figure, and S3 publishes none while
// nothing is replicated. For any other it means that something should be measured and is not.
bool is_quiet(const AlarmStatus& alarm) {
  if (!alarm.declared) return alarm.state != "ALARM";
  if (alarm.state != "INSUFFICIENT_DATA") return alarm.state == "OK";
  return alarm.missing_data == "notBreaching" || alarm.missing_data == "ignore";
}

json::object trail_json(const TrailCheck& check) {
  return {{"usable", check.usable}, {"name", check.trail}, {"why", check.why}};
}

}  // namespace

bool DeploymentStatus::healthy() const {
  const auto active = [](const FunctionStatus& one) {
    return one.state == "Active" || one.state == "Inactive";
  };
  const auto empty = [](const QueueStatus& one) { return one.messages == 0; };
  return std::ranges::all_of(functions, active) && std::ranges::all_of(queues, empty) &&
         std::ranges::all_of(alarms, is_quiet) && trail.usable &&
         std::ranges::all_of(replica_trails, [](const ReplicaTrail& one) { return one.trail.usable; });
}

Task<DeploymentStatus> read_status(Places places, Settings settings, Clock& clock) {
  const std::vector<Names> destinations = all_destinations(settings);
  const Names& source = destinations.front();
  const std::string prefix = settings.name_prefix + "-";
  DeploymentStatus result;
  for (const Function function : all_functions) {
    const bool at_source = side_of(function) == Side::source;
    for (std::size_t i = 0; i < (at_source ? 1 : destinations.size()); ++i) {
      client::ServiceClient& client = at_source ? places.source.services : places.destinations[i].services;
      result.functions.push_back(
          co_await function_status(client, destinations[i].place_text(side_of(function)),
                                   source.function(function), source.log_group(function), clock.now()));
    }
  }
  const std::string here = source.place_text(Side::source);
  result.queues.push_back(co_await read_queue(places.source.services, source.dead_letters()));
  result.queues.back().place = here;
  co_await add_alarms(places.source.services, here, prefix, result.alarms);
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    client::ServiceClient& client = places.destinations[i].services;
    const std::string there = destinations[i].place_text(Side::destination);
    result.queues.push_back(co_await read_queue(client, source.dead_letters()));
    result.queues.back().place = there;
    co_await add_alarms(client, there, prefix, result.alarms);
  }
  // The source's account has an alarm in the region of a destination of another account. If a destination of its own
  // is there, too, the alarm is among those above.
  for (client::ServiceClient* client : places.source.elsewhere) {
    const dr::Place place{settings.source.account, client->region()};
    if (protections_to(settings, place).empty())
      co_await add_alarms(*client, source.place_text(place), prefix, result.alarms);
  }
  compare_with_declaration(result.alarms, settings);
  result.trail = co_await check_trail(places.source);
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    TrailCheck trail = co_await check_trail(places.destinations[i]);
    result.replica_trails.push_back({destinations[i].place_text(Side::destination), std::move(trail)});
  }
  co_return result;
}

json::object to_json(const DeploymentStatus& status) {
  json::array functions, queues, alarms;
  for (const FunctionStatus& one : status.functions) {
    json::array errors;
    for (const LastError& error : one.last_errors)
      errors.push_back(json::object{{"text", error.text}, {"count", error.count}, {"last_at", error.at}});
    functions.push_back(json::object{{"name", one.name},
                                     {"region", one.place},
                                     {"state", one.state},
                                     {"last_modified", one.last_modified},
                                     {"last_errors", std::move(errors)},
                                     {"last_errors_unread", one.errors_unread}});
  }
  for (const QueueStatus& one : status.queues) {
    json::array letters;
    for (const DeadLetter& letter : one.letters)
      letters.push_back(
          json::object{{"from", letter.from}, {"reason", letter.reason}, {"body", letter.body}});
    queues.push_back(json::object{{"name", one.name},
                                  {"region", one.place},
                                  {"messages", one.messages == count_unknown ? json::value() : one.messages},
                                  {"letters", std::move(letters)}});
  }
  for (const AlarmStatus& one : status.alarms) {
    alarms.push_back(json::object{
        {"name", one.name}, {"region", one.place}, {"state", one.state}, {"reason", one.reason}});
  }
  json::object result{{"healthy", status.healthy()},
                      {"functions", std::move(functions)},
                      {"dead_letters", std::move(queues)},
                      {"alarms", std::move(alarms)},
                      {"trail", trail_json(status.trail)}};
  if (status.replica_trails.size() == 1) {
    result["replica_trail"] = trail_json(status.replica_trails.front().trail);
    return result;
  }
  json::array trails;
  for (const DeploymentStatus::ReplicaTrail& one : status.replica_trails) {
    json::object trail = trail_json(one.trail);
    trail["place"] = one.place;
    trails.push_back(std::move(trail));
  }
  result["replica_trails"] = std::move(trails);
  return result;
}

}  // namespace s3dr::deploy
