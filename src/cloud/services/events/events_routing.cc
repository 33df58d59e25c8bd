#include "cloud/services/events/events_routing.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "aws/event_pattern.h"
#include "base/encoding.h"
#include "cloud/services/bus/cloudtrail_store.h"
#include "cloud/services/bus/delivery_queue.h"
#include "cloud/services/bus/events_default.h"
#include "cloud/services/bus/events_store.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/events/event_schedule.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr int batch_events_max = 32;
constexpr int batch_ticks_max = 32;
constexpr std::size_t rules_max = 1000;

struct OutboxRow {
  std::int64_t id = 0;
  std::string body;
};

struct RuleMatcher {
  EventRule rule;
  aws::EventPattern pattern;
};

// The rules of the accounts of one batch, and whether a trail tells of their calls; read once.
class Matchers {
 public:
  Matchers(cloud::Connection& db, cloud::RegionContext& region, Instant now)
      : db_(db), region_(region), now_(now) {}

  const std::vector<RuleMatcher>& of(const std::string& account) {
    const auto [place, is_new] = by_account_.try_emplace(account);
    if (!is_new) return place->second;
    install_defaults(db_, region_.options, account, now_);
    for (EventRule& rule : list_rules(db_, account, "", "", rules_max)) {
      if (!rule.enabled || rule.pattern.empty()) continue;
      try {
        auto pattern = aws::EventPattern::parse(rule.pattern);
        place->second.push_back({std::move(rule), std::move(pattern)});
      } catch (const Error&) {
        continue;  // checked when it was put, so an older version took it: it matches nothing
      }
    }
    return place->second;
  }

  // Needs of(account) before.
  bool events_flow(const std::string& account) {
    const auto [place, is_new] = flowing_.try_emplace(account, false);
    if (is_new) place->second = Trails(db_, region_).events_flow(account);
    return place->second;
  }

 private:
  cloud::Connection& db_;
  cloud::RegionContext& region_;
  Instant now_;
  std::map<std::string, std::vector<RuleMatcher>> by_account_;
  std::map<std::string, bool> flowing_;
};

std::vector<OutboxRow> oldest_events(cloud::Connection& db) {
  std::vector<OutboxRow> result;
  auto rows = db.prepare("SELECT id, body FROM event ORDER BY id LIMIT ?");
  rows.bind(batch_events_max);
  while (rows.step()) result.push_back({rows.integer(0), rows.text(1)});
  return result;
}

void queue(cloud::Connection& db, const cloud::RegionOptions& options, const EventRule& rule,
           const std::string& id, const std::string& event, Instant now, Routed& routed) {
  const Queued queued = queue_deliveries(db, rule, id, event, now, options.events_max);
  routed.over_http = routed.over_http || queued.over_http;
  routed.dropped += queued.dropped;
}

void route_event(cloud::Connection& db, const cloud::RegionOptions& options, Matchers& matchers,
                 const OutboxRow& row, Instant now, Routed& routed) {
  json::error_code malformed;
  json::parse_options limits;
  limits.max_depth = 128;
  const json::value event = json::parse(row.body, malformed, {}, limits);
  const std::string account =
      malformed || !event.is_object() ? "" : text_or_empty(event.get_object(), "account");
  if (account.empty()) {
    ++routed.unreadable;
    return;
  }
  const std::vector<RuleMatcher>& rules = matchers.of(account);
  // Only the cloud itself can put events with this source (events_put.cc).
  if (text_or_empty(event.get_object(), "source") == "aws.s3" && !matchers.events_flow(account)) return;
  const std::string id = text_or_empty(event.get_object(), "id");
  for (const RuleMatcher& matcher : rules) {
    if (matcher.pattern.matches(event)) queue(db, options, matcher.rule, id, row.body, now, routed);
  }
}

void fire(cloud::Connection& db, const cloud::RegionOptions& options, const EventRule& rule, Instant now,
          Routed& routed) {
  const Instant due = *rule.next;
  const std::string id = uuid_of(rule.arn + "|" + to_iso8601(due));
  const std::string event = tick_event(id, rule.arn, rule.account, options.region, due);
  queue(db, options, rule, id, event, now, routed);
  std::optional<std::int64_t> next;
  if (const auto schedule = EventSchedule::parse(rule.schedule)) {
    if (const auto time = schedule->next(due, now)) next = time->time_since_epoch().count();
  }
  db.prepare("UPDATE event_rule SET next_ms = ? WHERE id = ?").bind(next, rule.id).run();
  ++routed.ticks;
}

void fire_due(cloud::Connection& db, const cloud::RegionOptions& options, Instant now, Routed& routed) {
  std::vector<std::pair<std::string, std::string>> due;
  {
    auto rows = db.prepare(
        "SELECT account, name FROM event_rule WHERE next_ms IS NOT NULL AND next_ms <= ? ORDER BY next_ms "
        "LIMIT ?");
    rows.bind(now.time_since_epoch().count(), batch_ticks_max);
    while (rows.step()) due.emplace_back(rows.text(0), rows.text(1));
  }
  for (const auto& [account, name] : due) {
    if (const auto rule = find_rule(db, account, name)) fire(db, options, *rule, now, routed);
  }
}

}  // namespace

Task<Routed> route_batch(cloud::RegionContext& region) {
  const Instant now = region.clock.now();
  {
    // Most of the time there is nothing to do, and nothing to commit.
    auto row = region.database.reader().prepare(
        "SELECT EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM event_rule WHERE next_ms IS NOT NULL "
        "AND "
        "next_ms <= ?)");
    row.bind(now.time_since_epoch().count());
    if (!row.step() || row.integer(0) == 0) co_return Routed();
  }
  const Routed routed = co_await region.database.write([&](cloud::Connection& db) {
    Routed result;
    Matchers matchers(db, region, now);
    for (const OutboxRow& row : oldest_events(db)) {
      route_event(db, region.options, matchers, row, now, result);
      db.prepare("DELETE FROM event WHERE id = ?").bind(row.id).run();
      ++result.events;
    }
    fire_due(db, region.options, now, result);
    return result;
  });
  if (routed.unreadable > 0)
    region.log.error("events without an account dropped", {{"count", std::to_string(routed.unreadable)}});
  if (routed.dropped > 0)
    region.log.error("events dropped: the queue of the API destinations is full",
                     {{"count", std::to_string(routed.dropped)}});
  co_return routed;
}

std::optional<Instant> next_tick(cloud::Connection& db) {
  auto row = db.prepare("SELECT MIN(next_ms) FROM event_rule WHERE next_ms IS NOT NULL");
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return Instant(milliseconds(row.integer(0)));
}

std::string tick_event(const std::string& id, const std::string& rule_arn, const std::string& account,
                       const s3::Region& region, Instant due) {
  json::object event;
  event["version"] = "0";
  event["id"] = id;
  event["detail-type"] = "Scheduled Event";
  event["source"] = "aws.events";
  event["account"] = account;
  event["time"] = to_iso8601_seconds(due);
  event["region"] = region.text();
  event["resources"] = json::array{json::value(rule_arn)};
  event["detail"] = json::object();
  return json::serialize(event);
}

}  // namespace s3dr::services
