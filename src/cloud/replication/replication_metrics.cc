#include "cloud/replication/replication_metrics.h"

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <map>
#include <span>
#include <utility>

#include "aws/hash.h"
#include "cloud/door/internal_auth.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/replication_queue.h"

namespace s3dr::cloud {
namespace {

namespace json = boost::json;

constexpr milliseconds minute_length{60'000};
constexpr milliseconds carried_age_max{3LL * 3600 * 1000};
constexpr std::size_t message_rows_max = 1000;
constexpr std::size_t message_bytes_max = 4 * 1024 * 1024;
constexpr std::string_view carried[] = {operations_pending_metric, bytes_pending_metric, latency_metric};

std::int64_t ms(Instant instant) {
  return instant.time_since_epoch().count();
}

Instant minute_of(Instant now) {
  return now - now.time_since_epoch() % minute_length;
}

enum class Publisher { here, replicas_region };

void add(Connection& db, Publisher where, std::string_view name, const MeasuredRule& rule, Instant now,
         std::int64_t samples, std::int64_t value) {
  db.prepare(
        "INSERT INTO replication_metric (carried, name, account, source, destination, rule_id, minute_ms, "
        "samples, sum, largest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9) ON CONFLICT DO UPDATE SET "
        "samples = samples + excluded.samples, sum = sum + excluded.sum, "
        "largest = max(largest, excluded.largest)")
      .bind(where == Publisher::replicas_region, name, rule.account, rule.source, rule.destination, rule.rule,
            ms(minute_of(now)), samples, value)
      .run();
}

ReplicationMetric read_row(const Statement& row) {
  return {row.text(0),
          {row.text(1), row.text(2), row.text(3), row.text(4)},
          Instant(milliseconds(row.integer(5))),
          row.integer(6),
          row.integer(7),
          row.integer(8)};
}
constexpr std::string_view columns =
    "name, account, source, destination, rule_id, minute_ms, samples, sum, largest";

struct Pending {
  std::int64_t operations = 0, bytes = 0;
  milliseconds oldest{0};
};
// Source bucket, destination and rule.
using RuleNames = std::pair<std::string, std::pair<std::string, std::string>>;
using ByRule = std::map<RuleNames, Pending>;

// What waits, by rule. A rule that had operations and has none left is listed with zero.
ByRule look(Connection& db, Instant now) {
  ByRule result;
  auto settled = db.prepare(
      "SELECT DISTINCT source, destination, rule_id FROM replication_metric WHERE carried = 1 AND name = ?");
  settled.bind(latency_metric);
  while (settled.step()) result.try_emplace({settled.text(0), {settled.text(1), settled.text(2)}}, Pending());
  for (const PendingReplication& rule : pending_replication(db))
    result[{rule.source, {rule.destination, rule.rule_id}}] = {rule.operations, rule.bytes,
                                                               std::max(milliseconds(0), now - rule.oldest)};
  return result;
}

// The minute after the last operation must report that none waits:
// otherwise alarms on it would stay in ALARM.
using Watched = std::map<RuleNames, Instant>;

void add_just_emptied(ByRule& rules, Watched& watched, Instant now) {
  for (const auto& [names, pending] : rules) watched[names] = now + 2 * minute_length;
  std::erase_if(watched, [now](const auto& entry) { return entry.second < now; });
  for (const auto& [names, until] : watched) rules.try_emplace(names, Pending());
}

Task<> measure(RegionContext& region, Watched& watched) {
  const Instant now = region.clock.now();
  ByRule rules = look(region.database.reader(), now);
  add_just_emptied(rules, watched, now);
  if (rules.empty()) co_return;
  co_await region.database.write([&](Connection& db) {
    for (const auto& [names, pending] : rules) {
      const auto bucket = find_bucket(db, names.first);
      const auto rule =
          bucket ? measured_rule(*bucket, names.second.first, names.second.second) : std::nullopt;
      if (!rule) continue;
      const auto gauge = [&](std::string_view name, std::int64_t value) {
        add(db, Publisher::replicas_region, name, *rule, now, 1, value);
      };
      gauge(operations_pending_metric, pending.operations);
      gauge(bytes_pending_metric, pending.bytes);
      if (pending.operations > 0) gauge(latency_metric, pending.oldest.count());
    }
    db.prepare("DELETE FROM replication_metric WHERE carried = 1 AND minute_ms < ?")
        .bind(ms(now - carried_age_max))
        .run();
  });
}

std::vector<std::string> carried_destinations(Connection& db) {
  std::vector<std::string> result;
  auto rows = db.prepare("SELECT DISTINCT destination FROM replication_metric WHERE carried = 1");
  while (rows.step()) result.push_back(rows.text(0));
  return result;
}

std::vector<ReplicationMetric> to_be_carried(Connection& db, const std::string& destination) {
  std::vector<ReplicationMetric> result;
  auto rows =
      db.prepare("SELECT " + std::string(columns) +
                 " FROM replication_metric WHERE carried = 1 AND destination = ? ORDER BY minute_ms LIMIT ?");
  rows.bind(destination, message_rows_max);
  while (rows.step()) result.push_back(read_row(rows));
  return result;
}

// A number that has grown since then is kept and sent again.
void forget(Connection& db, const ReplicationMetric& metric) {
  db.prepare(
        "DELETE FROM replication_metric WHERE carried = 1 AND name = ? AND account = ? AND source = ? AND "
        "destination = ? AND rule_id = ? AND minute_ms = ? AND largest <= ?")
      .bind(metric.name, metric.of.account, metric.of.source, metric.of.destination, metric.of.rule,
            ms(metric.minute), metric.largest)
      .run();
}

std::string message_of(std::span<const ReplicationMetric> metrics) {
  json::array list;
  for (const ReplicationMetric& metric : metrics)
    list.push_back(json::object{{"name", metric.name},
                                {"account", metric.of.account},
                                {"source", metric.of.source},
                                {"destination", metric.of.destination},
                                {"rule", metric.of.rule},
                                {"minute", ms(metric.minute)},
                                {"largest", metric.largest}});
  return json::serialize(list);
}

// False: not now.
Task<bool> send(RegionContext& region, s3::Region peer, Endpoint endpoint,
                std::span<const ReplicationMetric> metrics) {
  std::string message = message_of(metrics);
  HttpRequest request;
  request.method = "POST";
  request.target = std::string(replication_metrics_path);
  request.headers.add("Host", endpoint.host_header());
  sign_internal(region, peer, request, aws::sha256_hex(message));
  request.body = Body(std::move(message));
  http::SendOptions options;
  options.connect_max = milliseconds(2'000);
  options.idle_max = milliseconds(5'000);
  try {
    HttpResponse response = co_await region.transport.send(endpoint, std::move(request), options);
    co_await response.body.read_all(64 * 1024);
    co_return response.status == 200;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    region.log.debug("replication metrics not carried", {{"region", peer.text()}, {"why", error.what()}});
  }
  co_return false;
}

const Endpoint* endpoint_of(const RegionContext& region, const s3::Region& peer) {
  for (const auto& [name, endpoint] : region.options.peers) {
    if (name == peer) return &endpoint;
  }
  return nullptr;
}

Task<> carry(RegionContext& region) {
  Connection& db = region.database.reader();
  std::map<s3::Region, std::vector<ReplicationMetric>> by_region;
  std::vector<ReplicationMetric> done;
  for (const std::string& destination : carried_destinations(db)) {
    const auto owner = region.global.find_bucket(s3::BucketName::parse(destination));
    // Nobody asks for the metrics of a bucket that no longer exists.
    const bool known = owner && endpoint_of(region, owner->region) != nullptr;
    std::vector<ReplicationMetric>& to = known ? by_region[owner->region] : done;
    std::ranges::move(to_be_carried(db, destination), std::back_inserter(to));
  }
  for (const auto& [peer, metrics] : by_region) {
    std::span<const ReplicationMetric> rest = metrics;
    while (!rest.empty()) {
      const auto some = rest.first(std::min(rest.size(), message_rows_max));
      if (!co_await send(region, peer, *endpoint_of(region, peer), some)) break;
      done.insert(done.end(), some.begin(), some.end());
      rest = rest.subspan(some.size());
    }
  }
  if (done.empty()) co_return;
  co_await region.database.write([&](Connection& writer) {
    for (const ReplicationMetric& metric : done) forget(writer, metric);
  });
}

std::string text_of(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  if (value == nullptr || !value->is_string()) throw refuse("InvalidRequest", "A metric lacks a name.");
  return std::string(value->get_string());
}

std::int64_t whole_of(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0)
    throw refuse("InvalidRequest", "A metric lacks a number.");
  return value->get_int64();
}

std::vector<ReplicationMetric> parse_message(const std::string& text) {
  json::error_code failure;
  const json::value list = json::parse(text, failure);
  if (failure || !list.is_array()) throw refuse("InvalidRequest", "This is no list of metrics.");
  std::vector<ReplicationMetric> metrics;
  for (const json::value& entry : list.get_array()) {
    if (!entry.is_object()) throw refuse("InvalidRequest", "This is no metric.");
    const json::object& fields = entry.get_object();
    const std::int64_t largest = whole_of(fields, "largest");
    metrics.push_back({text_of(fields, "name"),
                       {text_of(fields, "account"), text_of(fields, "source"), text_of(fields, "destination"),
                        text_of(fields, "rule")},
                       Instant(milliseconds(whole_of(fields, "minute"))),
                       1,
                       largest,
                       largest});
    if (std::ranges::find(carried, metrics.back().name) == std::end(carried))
      throw refuse("InvalidRequest", "There is no such metric.");
  }
  return metrics;
}

}  // namespace

std::optional<MeasuredRule> measured_rule(const BucketRow& source, const std::string& destination,
                                          const std::string& rule_id) {
  if (!source.replication) return std::nullopt;
  for (const s3::ReplicationRule& rule : source.replication->rules) {
    if (rule.id != rule_id) continue;
    if (rule.destination.metrics != s3::Switch::enabled) return std::nullopt;
    return MeasuredRule{source.account.text(), source.name.text(), destination, rule_id};
  }
  return std::nullopt;
}

void count_settled(Connection& db, const MeasuredRule& rule, bool delivered, milliseconds latency,
                   Instant now) {
  add(db, Publisher::here, operations_failed_metric, rule, now, 1, delivered ? 0 : 1);
  add(db, Publisher::replicas_region, latency_metric, rule, now, 1, std::max(latency.count(), 0L));
}

std::vector<ReplicationMetric> take_replication_metrics(Connection& db) {
  std::vector<ReplicationMetric> result;
  {
    auto rows = db.prepare("SELECT " + std::string(columns) +
                           " FROM replication_metric WHERE carried = 0 ORDER BY minute_ms");
    while (rows.step()) result.push_back(read_row(rows));
  }
  if (!result.empty()) db.prepare("DELETE FROM replication_metric WHERE carried = 0").run();
  return result;
}

Task<> run_replication_metrics(RegionContext& region) {
  Watched watched;
  while (true) {
    co_await measure(region, watched);
    co_await carry(region);
    co_await region.clock.sleep(region.options.metrics_interval);
  }
}

Task<HttpResponse> take_metrics_message(RegionContext& region, HttpRequest request) {
  const std::string text = co_await request.body.read_all(message_bytes_max);
  if (aws::sha256_hex(text) != request.headers.get_or("x-amz-content-sha256", ""))
    throw refuse("BadDigest", "The metrics do not match their hash.");
  const std::vector<ReplicationMetric> metrics = parse_message(text);
  co_await region.database.write([&](Connection& db) {
    for (const ReplicationMetric& metric : metrics)
      add(db, Publisher::here, metric.name, metric.of, metric.minute, 1, metric.largest);
  });
  co_return HttpResponse{};
}

}  // namespace s3dr::cloud
