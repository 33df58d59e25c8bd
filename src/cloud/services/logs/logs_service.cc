#include "cloud/services/logs/logs_service.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/json_tags.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/logs/logs_reading.h"
#include "cloud/services/logs/logs_store.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using cloud::ServiceRequest;

constexpr std::int64_t describe_max = 50;
constexpr std::size_t batch_events_max = 10'000;
constexpr std::size_t batch_bytes_max = 1'048'576;
constexpr std::size_t event_overhead_bytes = 26;
constexpr std::int64_t minute_ms = 60'000, hour_ms = 60 * minute_ms, day_ms = 24 * hour_ms;
constexpr std::int64_t lines_removed_at_once = 5'000;
constexpr int retentions[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                              365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

[[noreturn]] void refuse_parameter(const std::string& message) {
  throw ServiceError{"InvalidParameterException", message, 400};
}

[[noreturn]] void refuse_group() {
  throw ServiceError{"ResourceNotFoundException", "The specified log group does not exist.", 400};
}

std::int64_t ms(Instant instant) {
  return instant.time_since_epoch().count();
}

bool is_group_name(const std::string& name) {
  return !name.empty() && name.size() <= 512 && has_only(name, "._-/#");
}

// "arn:…:log-group:NAME" or "…:NAME:*" → NAME; a bare name is one.
std::string group_of_identifier(const std::string& text, const std::string& region,
                                const std::string& account) {
  if (!text.starts_with("arn:")) return text;
  const auto arn = aws::parse_arn(text);
  constexpr std::string_view prefix = "log-group:";
  if (!arn || arn->service != "logs" || !arn->resource.starts_with(prefix))
    refuse_parameter("Invalid log group ARN: " + text);
  if (arn->account != account || arn->region != region) refuse_group();
  std::string name = arn->resource.substr(prefix.size());
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  return name;
}

class LogsService : public cloud::Service {
 public:
  LogsService(cloud::RegionContext& region, LogsOptions options) : region_(region), options_(options) {
    api_.target_prefix = "Logs_20140328";
    api_.operations["CreateLogGroup"] = operation_of(this, &LogsService::create_group);
    api_.operations["DeleteLogGroup"] = operation_of(this, &LogsService::delete_group);
    api_.operations["DescribeLogGroups"] = operation_of(this, &LogsService::describe_groups);
    api_.operations["PutRetentionPolicy"] = operation_of(this, &LogsService::put_retention);
    api_.operations["DeleteRetentionPolicy"] = operation_of(this, &LogsService::delete_retention);
    api_.operations["CreateLogStream"] = operation_of(this, &LogsService::create_stream);
    api_.operations["DeleteLogStream"] = operation_of(this, &LogsService::delete_stream);
    api_.operations["DescribeLogStreams"] = operation_of(this, &LogsService::describe_streams);
    api_.operations["PutLogEvents"] = operation_of(this, &LogsService::put_events);
    api_.operations["GetLogEvents"] = operation_of(this, &LogsService::get_events);
    api_.operations["FilterLogEvents"] = operation_of(this, &LogsService::filter_events);
    api_.operations["TagResource"] = operation_of(this, &LogsService::tag<By::arn>);
    api_.operations["UntagResource"] = operation_of(this, &LogsService::untag<By::arn>);
    api_.operations["ListTagsForResource"] = operation_of(this, &LogsService::list_tags<By::arn>);
    api_.operations["TagLogGroup"] = operation_of(this, &LogsService::tag<By::name>);
    api_.operations["UntagLogGroup"] = operation_of(this, &LogsService::untag<By::name>);
    api_.operations["ListTagsLogGroup"] = operation_of(this, &LogsService::list_tags<By::name>);
  }

  std::string_view signing_name() const override { return "logs"; }
  // PutLogEvents: 1 MiB of messages, each character escaped at worst.
  std::size_t body_bytes_max() const override { return 8 * 1024 * 1024; }
  Task<HttpResponse> handle(ServiceRequest request) override { return answer_json(api_, std::move(request)); }
  bool works() const override { return true; }

  Task<> run() override {
    while (true) {
      const Instant now = region_.clock.now();
      std::int64_t removed = lines_removed_at_once;
      while (removed == lines_removed_at_once) {
        removed = co_await region_.database.write(
            [now](cloud::Connection& db) { return remove_expired_lines(db, now, lines_removed_at_once); });
      }
      co_await region_.clock.sleep(options_.retention_every);
    }
  }

 private:
  using Answer = Task<json::value>;

  // The one field an operation's group is named by: cloud/door/service_needs_records.cc asks about the same.
  enum class By { name, name_or_identifier, arn };

  LogGroupRow group_in(cloud::Connection& db, const ServiceRequest& request, const json::object& given,
                       By by = By::name) {
    const std::string account = request.caller.account.text();
    auto name = optional_text(given, by == By::arn ? "resourceArn" : "logGroupName");
    const auto identifier =
        by == By::name_or_identifier ? optional_text(given, "logGroupIdentifier") : std::nullopt;
    if (name && identifier) refuse_parameter("logGroupName and logGroupIdentifier cannot be given together.");
    if (!name && !identifier) refuse_parameter("A log group must be named.");
    if (by == By::arn && !name->starts_with("arn:")) refuse_parameter("Invalid log group ARN: " + *name);
    if (identifier || by == By::arn)
      name = group_of_identifier(identifier.value_or(*name), region_.options.region.text(), account);
    auto group = find_log_group(db, account, *name);
    if (!group) refuse_group();
    return std::move(*group);
  }
  std::string arn(const std::string& account, const std::string& name) const {
    return "arn:aws:logs:" + region_.options.region.text() + ":" + account + ":log-group:" + name;
  }

  Answer create_group(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupName", "tags"}, logs_words);
    const std::string name = require_text(given, "logGroupName");
    if (!is_group_name(name)) refuse_parameter("Invalid log group name: " + name);
    const json::object tags = tags_of_map(given, "tags", logs_words);
    const Instant now = region_.clock.now();
    const bool made = co_await region_.database.write([&](cloud::Connection& db) {
      return create_log_group(db, request.caller.account.text(), name, json::serialize(tags), now);
    });
    if (!made)
      throw ServiceError{"ResourceAlreadyExistsException", "The specified log group already exists", 400};
    co_return json::object();
  }

  Answer delete_group(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupName"}, logs_words);
    co_await region_.database.write([&](cloud::Connection& db) {
      const LogGroupRow group = group_in(db, request, given);
      db.prepare("DELETE FROM log_group WHERE id = ?").bind(group.id).run();
    });
    co_return json::object();
  }

  Answer describe_groups(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupNamePrefix", "logGroupNamePattern", "nextToken", "limit"},
                        logs_words);
    const std::int64_t limit = logs_limit(given, describe_max, describe_max);
    const std::string prefix = optional_text(given, "logGroupNamePrefix").value_or("");
    const std::string part = lower_case(optional_text(given, "logGroupNamePattern").value_or(""));
    const std::string account = request.caller.account.text();
    auto rows = region_.database.reader().prepare(
        "SELECT g.name, g.created_ms, g.retention_days, (SELECT COALESCE(SUM(LENGTH(e.message) + 26), 0) "
        "FROM "
        "log_event e JOIN log_stream s ON s.id = e.stream WHERE s.log_group = g.id) FROM log_group g WHERE "
        "g.account = ? AND g.name > ? ORDER BY g.name");
    rows.bind(account, optional_text(given, "nextToken").value_or(""));
    json::array list;
    std::string last;
    bool more = false;
    while (rows.step()) {
      const std::string name = rows.text(0);
      if (!name.starts_with(prefix) || lower_case(name).find(part) == std::string::npos) continue;
      if ((more = std::cmp_equal(list.size(), limit))) break;
      last = name;
      json::object group{{"logGroupName", name},
                         {"creationTime", rows.integer(1)},
                         {"metricFilterCount", 0},
                         {"arn", arn(account, name) + ":*"},
                         {"logGroupArn", arn(account, name)},
                         {"storedBytes", rows.integer(3)},
                         {"logGroupClass", "STANDARD"}};
      if (!rows.is_null(2)) group["retentionInDays"] = rows.integer(2);
      list.push_back(std::move(group));
    }
    json::object result{{"logGroups", std::move(list)}};
    if (more) result["nextToken"] = last;
    co_return result;
  }

  Task<> set_retention(const ServiceRequest& request, const json::object& given,
                       std::optional<std::int64_t> days) {
    co_await region_.database.write([&](cloud::Connection& db) {
      const LogGroupRow group = group_in(db, request, given);
      db.prepare("UPDATE log_group SET retention_days = ? WHERE id = ?").bind(days, group.id).run();
    });
  }

  Answer put_retention(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupName", "retentionInDays"}, logs_words);
    const auto days = optional_integer(given, "retentionInDays");
    if (!days || std::ranges::find(retentions, *days) == std::end(retentions))
      refuse_parameter("retentionInDays must be one of the values CloudWatch Logs offers.");
    co_await set_retention(request, given, days);
    const Instant now = region_.clock.now();
    co_await region_.database.write(
        [now](cloud::Connection& db) { return remove_expired_lines(db, now, lines_removed_at_once); });
    co_return json::object();
  }

  Answer delete_retention(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupName"}, logs_words);
    co_await set_retention(request, given, std::nullopt);
    co_return json::object();
  }

  Answer create_stream(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupName", "logStreamName"}, logs_words);
    const std::string name = require_text(given, "logStreamName");
    if (name.size() > 512 || name.find_first_of(":*") != std::string::npos)
      refuse_parameter("Invalid log stream name: " + name);
    const Instant now = region_.clock.now();
    const bool made = co_await region_.database.write([&](cloud::Connection& db) {
      return create_log_stream(db, group_in(db, request, given).id, name, now);
    });
    if (!made)
      throw ServiceError{"ResourceAlreadyExistsException", "The specified log stream already exists", 400};
    co_return json::object();
  }

  std::int64_t stream_in(cloud::Connection& db, const LogGroupRow& group, const json::object& given) {
    const auto stream = find_log_stream(db, group.id, require_text(given, "logStreamName"));
    if (!stream)
      throw ServiceError{"ResourceNotFoundException", "The specified log stream does not exist.", 400};
    return *stream;
  }

  Answer delete_stream(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupName", "logStreamName"}, logs_words);
    co_await region_.database.write([&](cloud::Connection& db) {
      const std::int64_t stream = stream_in(db, group_in(db, request, given), given);
      db.prepare("DELETE FROM log_stream WHERE id = ?").bind(stream).run();
    });
    co_return json::object();
  }

  Answer describe_streams(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given,
                        {"logGroupName", "logGroupIdentifier", "logStreamNamePrefix", "orderBy", "descending",
                         "nextToken", "limit"},
                        logs_words);
    cloud::Connection& db = region_.database.reader();
    const LogGroupRow group = group_in(db, request, given, By::name_or_identifier);
    const std::int64_t limit = logs_limit(given, describe_max, describe_max);
    const std::string prefix = optional_text(given, "logStreamNamePrefix").value_or("");
    const std::string order = optional_text(given, "orderBy").value_or("LogStreamName");
    const json::value* down = given.if_contains("descending");
    const bool descending = down != nullptr && down->is_bool() && down->get_bool();
    if (order != "LogStreamName" && order != "LastEventTime")
      refuse_parameter("orderBy must be LogStreamName or LastEventTime.");
    if (order == "LastEventTime" && !prefix.empty())
      refuse_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
    const std::string by =
        std::string(order == "LastEventTime" ? "COALESCE(last_ms, 0)" : "name") + (descending ? " DESC" : "");
    std::int64_t skip = 0;
    if (const auto token = optional_text(given, "nextToken")) {
      if (token->empty() || token->size() > 9 ||
          !std::ranges::all_of(*token, [](char c) { return c >= '0' && c <= '9'; }))
        refuse_parameter("The specified nextToken is invalid.");
      skip = std::stoll(*token);
    }
    auto rows = db.prepare(
        "SELECT name, created_ms, first_ms, last_ms, ingested_ms FROM log_stream WHERE log_group = ? ORDER "
        "BY " +
        by + ", id LIMIT -1 OFFSET ?");
    rows.bind(group.id, skip);
    json::array list;
    bool more = false;
    while (rows.step()) {
      if ((more = std::cmp_equal(list.size(), limit))) break;
      ++skip;
      const std::string name = rows.text(0);
      if (!name.starts_with(prefix)) continue;
      json::object stream{{"logStreamName", name},
                          {"creationTime", rows.integer(1)},
                          {"arn", arn(group.account, group.name) + ":log-stream:" + name},
                          {"storedBytes", 0}};
      if (!rows.is_null(2)) {
        stream["firstEventTimestamp"] = rows.integer(2);
        stream["lastEventTimestamp"] = rows.integer(3);
        stream["lastIngestionTime"] = rows.integer(4);
        stream["uploadSequenceToken"] = std::to_string(rows.integer(4));
      }
      list.push_back(std::move(stream));
    }
    json::object result{{"logStreams", std::move(list)}};
    if (more) result["nextToken"] = std::to_string(skip);
    co_return result;
  }

  static std::vector<LogLine> lines_of(const json::object& given) {
    const json::value* events = given.if_contains("logEvents");
    if (events == nullptr || !events->is_array() || events->get_array().empty())
      refuse_parameter("logEvents must be a list of at least one event.");
    std::vector<LogLine> lines;
    std::size_t bytes = 0;
    for (const json::value& entry : events->get_array()) {
      if (!entry.is_object()) refuse_parameter("A log event must be an object.");
      const auto time = optional_integer(entry.get_object(), "timestamp");
      std::string message = require_text(entry.get_object(), "message");
      if (!time || *time < 0) refuse_parameter("A log event needs its timestamp.");
      bytes += message.size() + event_overhead_bytes;
      if (!lines.empty() && ms(lines.back().time) > *time)
        refuse_parameter("Log events in a single PutLogEvents request must be in chronological order.");
      lines.push_back({Instant(milliseconds(*time)), std::move(message)});
    }
    if (lines.size() > batch_events_max || bytes > batch_bytes_max)
      refuse_parameter("The batch of log events is larger than 10000 events or 1048576 bytes.");
    if (ms(lines.back().time) - ms(lines.front().time) > day_ms)
      refuse_parameter(
          "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
    return lines;
  }

  Answer put_events(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {"logGroupName", "logStreamName", "logEvents", "sequenceToken"}, logs_words);
    std::vector<LogLine> lines = lines_of(given);
    const Instant now = region_.clock.now();
    json::object rejected;
    co_await region_.database.write([&](cloud::Connection& db) {
      const LogGroupRow group = group_in(db, request, given);
      const std::int64_t stream = stream_in(db, group, given);
      const Instant oldest = now - milliseconds(14 * day_ms), newest = now + milliseconds(2 * hour_ms);
      const Instant kept = group.retention_days ? now - milliseconds(*group.retention_days * day_ms) : oldest;
      const auto position = [&lines](auto found) { return found - lines.begin(); };
      const auto too_new =
          std::ranges::find_if(lines, [&](const LogLine& line) { return line.time > newest; });
      const auto not_old =
          std::ranges::find_if(lines, [&](const LogLine& line) { return line.time >= oldest; });
      const auto not_expired =
          std::ranges::find_if(lines, [&](const LogLine& line) { return line.time >= kept; });
      if (too_new != lines.end()) rejected["tooNewLogEventStartIndex"] = position(too_new);
      if (not_old != lines.begin()) rejected["tooOldLogEventEndIndex"] = position(not_old);
      if (kept > oldest && not_expired != lines.begin())
        rejected["expiredLogEventEndIndex"] = position(not_expired);
      const auto first = std::max(not_old, not_expired);
      if (first < too_new) add_log_lines(db, stream, std::vector<LogLine>(first, too_new), now);
    });
    json::object result{{"nextSequenceToken", std::to_string(ms(now))}};
    if (!rejected.empty()) result["rejectedLogEventsInfo"] = std::move(rejected);
    co_return result;
  }

  Answer get_events(const ServiceRequest& request, const json::object& given) {
    cloud::Connection& db = region_.database.reader();
    co_return get_log_events(db, group_in(db, request, given, By::name_or_identifier), given);
  }

  Answer filter_events(const ServiceRequest& request, const json::object& given) {
    cloud::Connection& db = region_.database.reader();
    co_return filter_log_events(db, group_in(db, request, given, By::name_or_identifier), given);
  }

  static constexpr std::string_view field_of(By by) { return by == By::arn ? "resourceArn" : "logGroupName"; }

  template <class Change>
  Task<> change_tags(const ServiceRequest& request, const json::object& given, By by, Change change) {
    co_await region_.database.write([&](cloud::Connection& db) {
      const LogGroupRow group = group_in(db, request, given, by);
      json::object tags = json::parse(group.tags).as_object();
      change(tags);
      db.prepare("UPDATE log_group SET tags = ? WHERE id = ?").bind(json::serialize(tags), group.id).run();
    });
  }

  template <By by>
  Answer tag(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {field_of(by), "tags"}, logs_words);
    const json::object added = tags_of_map(given, "tags", logs_words);
    co_await change_tags(request, given, by, [&](json::object& tags) {
      merge_tags(tags, added, "A log group has at most 50 tags.", logs_words);
    });
    co_return json::object();
  }

  template <By by>
  Answer untag(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {field_of(by), "tagKeys", "tags"}, logs_words);
    const json::value* keys = given.if_contains("tagKeys");
    if (keys == nullptr) keys = given.if_contains("tags");
    if (keys == nullptr || !keys->is_array()) refuse_parameter("The keys to remove must be a list.");
    co_await change_tags(request, given, by, [&](json::object& tags) {
      for (const json::value& key : keys->get_array()) {
        if (key.is_string()) tags.erase(key.get_string());
      }
    });
    co_return json::object();
  }

  template <By by>
  Answer list_tags(const ServiceRequest& request, const json::object& given) {
    refuse_other_fields(given, {field_of(by)}, logs_words);
    const LogGroupRow group = group_in(region_.database.reader(), request, given, by);
    co_return json::object{{"tags", json::parse(group.tags)}};
  }

  cloud::RegionContext& region_;
  LogsOptions options_;
  JsonApi api_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_logs_service(cloud::RegionContext& region, LogsOptions options) {
  return std::make_unique<LogsService>(region, options);
}

}  // namespace s3dr::services
