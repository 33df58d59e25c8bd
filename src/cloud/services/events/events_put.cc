// PutEvents (events from outside) and TestEventPattern (tries a pattern on an event).
#include <optional>
#include <utility>
#include <vector>

#include "aws/event_pattern.h"
#include "base/encoding.h"
#include "cloud/events/event_outbox.h"
#include "cloud/services/bus/events_store.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/services/events/events_operations.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using cloud::RegionContext;
using cloud::ServiceRequest;

constexpr std::size_t entries_max = 10;
constexpr std::size_t entries_bytes_max = 256 * 1024;
constexpr std::size_t depth_max = 100;

struct Entry {
  std::string id, event;  // written if there is no error
  std::string error_code, error_message;
};

// Source of the rule: PutEventsRequestEntry, "How to calculate the size".
std::size_t size_of(const json::object& given) {
  std::size_t size = given.contains("Time") ? 14 : 0;
  for (const char* field : {"Source", "DetailType", "Detail"})
    size += optional_text(given, field).value_or("").size();
  for (const std::string& resource : text_list(given, "Resources")) size += resource.size();
  return size;
}

std::optional<Instant> time_of(const json::object& given) {
  const json::value* value = given.if_contains("Time");
  if (value == nullptr || value->is_null()) return std::nullopt;
  double seconds = 0;
  if (value->is_int64())
    seconds = static_cast<double>(value->get_int64());
  else if (value->is_double())
    seconds = value->get_double();
  else
    refuse_value("Time must be a number of seconds.");
  if (!(seconds >= 0 && seconds < 253'402'300'800.0)) refuse_value("Time is out of range.");
  return Instant(milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

Entry refused(std::string code, std::string message) {
  return {"", "", std::move(code), std::move(message)};
}

Entry read_entry(RegionContext& region, const ServiceRequest& request, const json::object& given,
                 Instant now) {
  refuse_other_fields(given, {"Source", "DetailType", "Detail", "Resources", "Time", "EventBusName"},
                      "an entry");
  require_default_bus(region, request, given);
  const std::vector<std::string> resources = text_list(given, "Resources");
  const Instant time = time_of(given).value_or(now);
  for (const char* field : {"Source", "DetailType", "Detail"}) {
    if (optional_text(given, field).value_or("").empty())
      return refused("InvalidArgument", "Parameter " + std::string(field) +
                                            " is not valid. Reason: " + field + " is a required argument.");
  }
  const std::string source = require_text(given, "Source");
  if (source.starts_with("aws.")) return refused("NotAuthorizedForSource", "Not authorized for the source.");
  if (source.size() > 256) return refused("InvalidArgument", "Source is longer than 256 characters.");
  const std::string type = require_text(given, "DetailType");
  if (type.size() > 128) return refused("InvalidArgument", "DetailType is longer than 128 characters.");
  auto detail = parsed_object(require_text(given, "Detail"), depth_max);
  if (!detail) return refused("MalformedDetail", "Detail is malformed.");

  Entry entry;
  entry.id = new_uuid(region.random);
  json::object event;
  event["version"] = "0";
  event["id"] = entry.id;
  event["detail-type"] = type;
  event["source"] = source;
  event["account"] = request.caller.account.text();
  event["time"] = to_iso8601_seconds(time);
  event["region"] = region.options.region.text();
  event["resources"] = json::value_from(resources);
  event["detail"] = std::move(*detail);
  entry.event = json::serialize(event);
  return entry;
}

Task<json::value> put_events(RegionContext& region, const ServiceRequest& request,
                             const json::object& given) {
  refuse_other_fields(given, {"Entries"}, "PutEvents");
  const json::array* list = optional_array(given, "Entries");
  if (list == nullptr || list->empty() || list->size() > entries_max)
    refuse_value("Entries must have between 1 and 10 entries.");
  const Instant now = region.clock.now();
  std::size_t size = 0;
  std::vector<Entry> entries;
  for (const json::value& item : *list) {
    const json::object& entry = as_structure(item, "Entries");
    size += size_of(entry);
    entries.push_back(read_entry(region, request, entry, now));
  }
  if (size > entries_bytes_max) refuse_value("Total size of the entries in the request is over the limit.");

  co_await region.database.write([&](cloud::Connection& db) {
    for (const Entry& entry : entries) {
      if (entry.error_code.empty()) cloud::put_in_outbox(db, region, entry.event, now);
    }
  });
  region.wake_events();

  json::array shown;
  std::size_t failed = 0;
  for (const Entry& entry : entries) {
    if (entry.error_code.empty()) {
      shown.push_back(json::object{{"EventId", entry.id}});
    } else {
      ++failed;
      shown.push_back(json::object{{"ErrorCode", entry.error_code}, {"ErrorMessage", entry.error_message}});
    }
  }
  co_return json::object{{"FailedEntryCount", failed}, {"Entries", std::move(shown)}};
}

Task<json::value> test_event_pattern(RegionContext&, const ServiceRequest&, const json::object& given) {
  const std::string pattern_text = require_text(given, "EventPattern");
  const auto event = parsed_object(require_text(given, "Event"), depth_max);
  if (!event) refuse_value("Parameter Event is not valid. Reason: It is not a JSON object.");
  for (const char* field : {"id", "account", "source", "time", "region", "resources", "detail-type"}) {
    if (!event->contains(field))
      refuse_value("Parameter Event is not valid. Reason: " + std::string(field) + " is missing.");
  }
  std::optional<std::string> why;
  bool result = false;
  try {
    result = aws::EventPattern::parse(pattern_text).matches(json::value(*event));
  } catch (const Error& error) {
    why = error.message();
  }
  if (why) throw ServiceError{"InvalidEventPatternException", *why, 400};
  co_return json::object{{"Result", result}};
}

}  // namespace

JsonHandlers put_operations() {
  return {{"PutEvents", put_events}, {"TestEventPattern", test_event_pattern}};
}

}  // namespace s3dr::services
