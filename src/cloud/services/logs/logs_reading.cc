#include "cloud/services/logs/logs_reading.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "cloud/services/logs/log_filter.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::int64_t time_max = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t page_bytes_max = 1024 * 1024;
constexpr std::int64_t page_events_max = 10'000;
constexpr std::int64_t looked_at_max = 100'000;  // a page of a filter that hardly matches ends here

struct Place {
  std::int64_t time = 0, id = 0;
};

struct Event {
  Place place;
  std::int64_t ingested = 0;
  std::string message, stream;
};

[[noreturn]] void refuse_token() {
  throw ServiceError{"InvalidParameterException", "The specified nextToken is invalid.", 400};
}

// "f/TIME/ID"
std::string token_of(char way, Place place) {
  return std::string(1, way) + "/" + std::to_string(place.time) + "/" + std::to_string(place.id);
}

std::int64_t number(std::string_view text) {
  if (text.empty() || text.size() > 18) refuse_token();
  std::int64_t value = 0;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) refuse_token();
  for (const char c : text) {
    if (c < '0' || c > '9') refuse_token();
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

std::pair<char, Place> parse_token(std::string_view token) {
  const std::size_t slash = token.rfind('/');
  if (token.size() < 5 || token[1] != '/' || slash < 3 || (token[0] != 'f' && token[0] != 'b'))
    refuse_token();
  return {token[0], {number(token.substr(2, slash - 2)), number(token.substr(slash + 1))}};
}

std::string event_id(std::int64_t id) {
  std::string text = std::to_string(id);
  return std::string(56 - std::min<std::size_t>(text.size(), 56), '0') + text;
}

std::int64_t stream_of(cloud::Connection& db, const LogGroupRow& group, const std::string& name) {
  const auto stream = find_log_stream(db, group.id, name);
  if (!stream)
    throw ServiceError{"ResourceNotFoundException", "The specified log stream does not exist.", 400};
  return *stream;
}

}  // namespace

std::int64_t logs_limit(const json::object& given, std::int64_t otherwise, std::int64_t max) {
  const std::int64_t limit = optional_integer(given, "limit").value_or(otherwise);
  if (limit < 1 || limit > max)
    throw ServiceError{"InvalidParameterException",
                       "1 validation error detected: Value '" + std::to_string(limit) +
                           "' at 'limit' failed to satisfy constraint: Member must be between 1 and " +
                           std::to_string(max),
                       400};
  return limit;
}

json::object get_log_events(cloud::Connection& db, const LogGroupRow& group, const json::object& given) {
  refuse_other_fields(given,
                      {"logGroupName", "logGroupIdentifier", "logStreamName", "startTime", "endTime",
                       "nextToken", "limit", "startFromHead"},
                      logs_words);
  const std::int64_t stream = stream_of(db, group, require_text(given, "logStreamName"));
  const std::int64_t from = optional_integer(given, "startTime").value_or(0);
  const std::int64_t to = optional_integer(given, "endTime").value_or(time_max);
  const std::int64_t limit = logs_limit(given, page_events_max, page_events_max);
  const json::value* head = given.if_contains("startFromHead");
  bool forward = head != nullptr && head->is_bool() && head->get_bool();
  Place place = forward ? Place{-1, -1} : Place{time_max, time_max};
  if (const auto token = optional_text(given, "nextToken")) {
    const auto [way, where] = parse_token(*token);
    forward = way == 'f';
    place = where;
  }
  auto rows = db.prepare(
      forward
          ? "SELECT id, time_ms, ingested_ms, message FROM log_event WHERE stream = ? AND time_ms >= ? AND "
            "time_ms < ? AND (time_ms, id) > (?, ?) ORDER BY time_ms, id LIMIT ?"
          : "SELECT id, time_ms, ingested_ms, message FROM log_event WHERE stream = ? AND time_ms >= ? AND "
            "time_ms < ? AND (time_ms, id) < (?, ?) ORDER BY time_ms DESC, id DESC LIMIT ?");
  rows.bind(stream, from, to, place.time, place.id, limit);
  std::vector<Event> events;
  for (std::size_t bytes = 0; bytes < page_bytes_max && rows.step();) {
    events.push_back({{rows.integer(1), rows.integer(0)}, rows.integer(2), rows.text(3), ""});
    bytes += events.back().message.size() + 26;
  }
  if (!forward) std::ranges::reverse(events);
  json::array list;
  for (Event& event : events)
    list.push_back(json::object{{"timestamp", event.place.time},
                                {"message", std::move(event.message)},
                                {"ingestionTime", event.ingested}});
  // At the end of a stream the request's own token is returned. This tells the reader that it is the end.
  const Place first = events.empty() ? place : events.front().place;
  const Place last = events.empty() ? place : events.back().place;
  const auto limited = [](Place p) {
    return Place{std::min(p.time, time_max / 10), std::min(p.id, time_max / 10)};
  };
  return {{"events", std::move(list)},
          {"nextForwardToken", token_of('f', limited(last))},
          {"nextBackwardToken", token_of('b', limited(first))}};
}

json::object filter_log_events(cloud::Connection& db, const LogGroupRow& group, const json::object& given) {
  refuse_other_fields(given,
                      {"logGroupName", "logGroupIdentifier", "logStreamNames", "logStreamNamePrefix",
                       "startTime", "endTime", "filterPattern", "nextToken", "limit", "interleaved"},
                      logs_words);
  const LogFilter filter = LogFilter::parse(optional_text(given, "filterPattern").value_or(""));
  const std::int64_t from = optional_integer(given, "startTime").value_or(0);
  const std::int64_t to = optional_integer(given, "endTime").value_or(time_max);
  const std::int64_t limit = logs_limit(given, page_events_max, page_events_max);
  const std::vector<std::string> names = text_list(given, "logStreamNames", logs_words);
  const std::string prefix = optional_text(given, "logStreamNamePrefix").value_or("");
  if (!names.empty() && !prefix.empty())
    throw ServiceError{"InvalidParameterException",
                       "logStreamNames and logStreamNamePrefix cannot be given together.", 400};
  for (const std::string& name : names) stream_of(db, group, name);
  Place place{-1, -1};
  if (const auto token = optional_text(given, "nextToken")) place = parse_token(*token).second;

  // As elsewhere on AWS, endTime itself is not included.
  auto rows = db.prepare(
      "SELECT e.id, e.time_ms, e.ingested_ms, e.message, s.name FROM log_event e JOIN log_stream s ON s.id = "
      "e.stream WHERE s.log_group = ? AND e.time_ms >= ? AND e.time_ms < ? AND (e.time_ms, e.id) > (?, ?) "
      "ORDER BY e.time_ms, e.id LIMIT ?");
  rows.bind(group.id, from, to, place.time, place.id, looked_at_max);
  json::array list;
  std::size_t bytes = 0;
  std::int64_t looked_at = 0;
  bool more = false;
  while (rows.step()) {
    if (std::cmp_greater_equal(list.size(), limit) || bytes >= page_bytes_max) {
      more = true;
      break;
    }
    place = {rows.integer(1), rows.integer(0)};
    more = ++looked_at == looked_at_max;
    const std::string stream = rows.text(4);
    if (!names.empty() && std::ranges::find(names, stream) == names.end()) continue;
    std::string message = rows.text(3);
    if (!stream.starts_with(prefix) || !filter.matches(message)) continue;
    bytes += message.size() + 26;
    list.push_back(json::object{{"logStreamName", stream},
                                {"timestamp", place.time},
                                {"message", std::move(message)},
                                {"ingestionTime", rows.integer(2)},
                                {"eventId", event_id(place.id)}});
  }
  json::object result{{"events", std::move(list)}, {"searchedLogStreams", json::array()}};
  if (more) result["nextToken"] = token_of('f', place);
  return result;
}

}  // namespace s3dr::services
