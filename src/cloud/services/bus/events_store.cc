#include "cloud/services/bus/events_store.h"

#include "aws/arn.h"
#include "aws/hash.h"
#include "cloud/services/common/json_fields.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

Instant instant(std::int64_t milliseconds_since_epoch) {
  return Instant(milliseconds(milliseconds_since_epoch));
}

std::int64_t count(Instant time) {
  return time.time_since_epoch().count();
}

constexpr std::string_view rule_columns =
    "SELECT id, account, name, arn, description, pattern, schedule, role, enabled, tags, next_ms FROM "
    "event_rule ";
constexpr std::string_view connection_columns =
    "SELECT account, name, arn, description, header, value, created_ms, modified_ms FROM event_connection ";
constexpr std::string_view destination_columns =
    "SELECT account, name, arn, description, connection_arn, url, method, rate, created_ms, modified_ms FROM "
    "event_destination ";
constexpr std::string_view delivery_columns =
    "SELECT id, rule_arn, rule_name, account, target_arn, target, event, queued_ms, attempts FROM "
    "event_delivery ";
constexpr std::string_view page =
    "WHERE account = ? AND substr(name, 1, length(?)) = ? AND name > ? ORDER BY name LIMIT ?";

std::string sql(std::string_view columns, std::string_view rest) {
  return std::string(columns) + std::string(rest);
}

EventRule rule_at(const cloud::Statement& row) {
  EventRule rule;
  rule.id = row.integer(0);
  rule.account = row.text(1);
  rule.name = row.text(2);
  rule.arn = row.text(3);
  rule.description = row.text(4);
  rule.pattern = row.text(5);
  rule.schedule = row.text(6);
  rule.role = row.text(7);
  rule.enabled = row.integer(8) != 0;
  rule.tags = stored_object(row.text(9));
  if (!row.is_null(10)) rule.next = instant(row.integer(10));
  return rule;
}

EventConnection connection_at(const cloud::Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.text(4),
          Secret(row.text(5)),
          instant(row.integer(6)),
          instant(row.integer(7))};
}

ApiDestination destination_at(const cloud::Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.text(4),
          row.text(5),
          row.text(6),
          row.integer(7),
          instant(row.integer(8)),
          instant(row.integer(9))};
}

template <class Row>
std::vector<Row> read_page(cloud::Connection& db, std::string_view columns,
                           Row (*read)(const cloud::Statement&), std::string_view account,
                           std::string_view prefix, std::string_view after, std::size_t limit) {
  std::vector<Row> result;
  auto rows = db.prepare(sql(columns, page));
  rows.bind(account, prefix, prefix, after, limit);
  while (rows.step()) result.push_back(read(rows));
  return result;
}

bool is_over_http(const std::string& target_arn) {
  const auto arn = aws::parse_arn(target_arn);
  return arn && arn->service == "events";
}

// The queue has a limit because an endpoint may be unreachable for long.
// Deliveries within the region never wait.
std::int64_t drop_oldest(cloud::Connection& db, std::size_t deliveries_max) {
  // An upper bound of the number of rows, without counting them.
  std::int64_t span = 0;
  {
    auto bounds = db.prepare("SELECT COALESCE(MAX(rowid) - MIN(rowid) + 1, 0) FROM event_delivery");
    if (bounds.step()) span = bounds.integer(0);
  }
  if (span <= static_cast<std::int64_t>(deliveries_max)) return 0;
  db.prepare(
        "DELETE FROM event_delivery WHERE over_http = 1 AND rowid <= (SELECT rowid FROM event_delivery ORDER "
        "BY rowid DESC LIMIT 1 OFFSET ?)")
      .bind(deliveries_max)
      .run();
  const std::int64_t dropped = db.changed_rows();
  count_dropped(db, dropped);
  return dropped;
}

}  // namespace

const std::string_view events_schema = R"sql(
CREATE TABLE IF NOT EXISTS event_rule (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL,
  description TEXT NOT NULL,
  pattern TEXT NOT NULL,                        -- JSON as PutRule gave it; empty: none
  schedule TEXT NOT NULL,                       -- empty: none
  role TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  tags TEXT NOT NULL,
  next_ms INTEGER,                              -- when the schedule fires
  UNIQUE (account, name)
);
CREATE INDEX IF NOT EXISTS event_rule_next ON event_rule (next_ms) WHERE next_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS event_target (
  rule INTEGER NOT NULL REFERENCES event_rule(id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  arn TEXT NOT NULL,
  document TEXT NOT NULL,                       -- JSON as PutTargets gave it
  PRIMARY KEY (rule, id)
);
CREATE INDEX IF NOT EXISTS event_target_arn ON event_target (arn);
CREATE TABLE IF NOT EXISTS event_connection (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  header TEXT NOT NULL,
  value TEXT NOT NULL,                          -- a secret
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name)
);
CREATE TABLE IF NOT EXISTS event_destination (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  connection_arn TEXT NOT NULL,
  url TEXT NOT NULL,
  method TEXT NOT NULL,
  rate INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name)
);
-- One event for one target of one rule; commits with the event's leaving the outbox.
CREATE TABLE IF NOT EXISTS event_delivery (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL,
  rule_arn TEXT NOT NULL,
  rule_name TEXT NOT NULL,
  target_arn TEXT NOT NULL,
  target TEXT NOT NULL,                         -- JSON as PutTargets gave it
  event TEXT NOT NULL,
  over_http INTEGER NOT NULL,
  queued_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS event_delivery_due ON event_delivery (over_http, due_ms, sequence);
CREATE INDEX IF NOT EXISTS event_delivery_target ON event_delivery (over_http, target_arn, due_ms, sequence);
-- Accounts that have been given what the installation brings along (events_default.h).
CREATE TABLE IF NOT EXISTS event_account (
  account TEXT PRIMARY KEY,
  url TEXT NOT NULL                             -- of the API destination as last written
);
)sql";

std::string events_arn(const s3::Region& region, std::string_view account, std::string_view resource) {
  return "arn:aws:events:" + region.text() + ":" + std::string(account) + ":" + std::string(resource);
}

std::string uuid_of(std::string_view text) {
  const std::string hex = aws::sha256_hex(text);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" + hex.substr(17, 3) +
         "-" + hex.substr(20, 12);
}

std::optional<EventRule> find_rule(cloud::Connection& db, std::string_view account, std::string_view name) {
  auto row = db.prepare(sql(rule_columns, "WHERE account = ? AND name = ?"));
  row.bind(account, name);
  if (!row.step()) return std::nullopt;
  return rule_at(row);
}

std::vector<EventRule> list_rules(cloud::Connection& db, std::string_view account, std::string_view prefix,
                                  std::string_view after, std::size_t limit) {
  return read_page(db, rule_columns, rule_at, account, prefix, after, limit);
}

void save_rule(cloud::Connection& db, const EventRule& rule) {
  std::optional<std::int64_t> next;
  if (rule.next) next = count(*rule.next);
  db.prepare(
        "INSERT INTO event_rule (account, name, arn, description, pattern, schedule, role, enabled, tags, "
        "next_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, name) DO UPDATE SET "
        "description = excluded.description, pattern = excluded.pattern, schedule = excluded.schedule, role "
        "= "
        "excluded.role, enabled = excluded.enabled, next_ms = excluded.next_ms")
      .bind(rule.account, rule.name, rule.arn, rule.description, rule.pattern, rule.schedule, rule.role,
            rule.enabled, json::serialize(rule.tags), next)
      .run();
}

std::vector<EventTarget> targets_of(cloud::Connection& db, std::int64_t rule) {
  std::vector<EventTarget> result;
  auto rows = db.prepare("SELECT id, arn, document FROM event_target WHERE rule = ? ORDER BY id");
  rows.bind(rule);
  while (rows.step()) result.push_back({rows.text(0), rows.text(1), stored_object(rows.text(2))});
  return result;
}

void save_target(cloud::Connection& db, std::int64_t rule, const EventTarget& target) {
  db.prepare("INSERT OR REPLACE INTO event_target (rule, id, arn, document) VALUES (?, ?, ?, ?)")
      .bind(rule, target.id, target.arn, json::serialize(target.document))
      .run();
}

std::optional<EventConnection> find_connection(cloud::Connection& db, std::string_view account,
                                               std::string_view name) {
  auto row = db.prepare(sql(connection_columns, "WHERE account = ? AND name = ?"));
  row.bind(account, name);
  if (!row.step()) return std::nullopt;
  return connection_at(row);
}

std::optional<EventConnection> find_connection_by_arn(cloud::Connection& db, std::string_view arn) {
  auto row = db.prepare(sql(connection_columns, "WHERE arn = ?"));
  row.bind(arn);
  if (!row.step()) return std::nullopt;
  return connection_at(row);
}

std::vector<EventConnection> list_connections(cloud::Connection& db, std::string_view account,
                                              std::string_view prefix, std::string_view after,
                                              std::size_t limit) {
  return read_page(db, connection_columns, connection_at, account, prefix, after, limit);
}

void save_connection(cloud::Connection& db, const EventConnection& connection) {
  db.prepare("INSERT OR REPLACE INTO event_connection VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(connection.account, connection.name, connection.arn, connection.description, connection.header,
            connection.value.reveal(), count(connection.created), count(connection.modified))
      .run();
}

std::optional<ApiDestination> find_api_destination(cloud::Connection& db, std::string_view account,
                                                   std::string_view name) {
  auto row = db.prepare(sql(destination_columns, "WHERE account = ? AND name = ?"));
  row.bind(account, name);
  if (!row.step()) return std::nullopt;
  return destination_at(row);
}

std::optional<ApiDestination> find_api_destination_by_arn(cloud::Connection& db, std::string_view arn) {
  auto row = db.prepare(sql(destination_columns, "WHERE arn = ?"));
  row.bind(arn);
  if (!row.step()) return std::nullopt;
  return destination_at(row);
}

std::vector<ApiDestination> list_api_destinations(cloud::Connection& db, std::string_view account,
                                                  std::string_view prefix, std::string_view after,
                                                  std::size_t limit) {
  return read_page(db, destination_columns, destination_at, account, prefix, after, limit);
}

void save_api_destination(cloud::Connection& db, const ApiDestination& destination) {
  db.prepare("INSERT OR REPLACE INTO event_destination VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(destination.account, destination.name, destination.arn, destination.description,
            destination.connection_arn, destination.url, destination.method, destination.rate_per_second,
            count(destination.created), count(destination.modified))
      .run();
}

Queued queue_deliveries(cloud::Connection& db, const EventRule& rule, std::string_view event_id,
                        const std::string& event, Instant now, std::size_t deliveries_max) {
  Queued queued;
  for (const EventTarget& target : targets_of(db, rule.id)) {
    const bool http = is_over_http(target.arn);
    queued.over_http = queued.over_http || http;
    db.prepare(
          "INSERT OR IGNORE INTO event_delivery (id, account, rule_arn, rule_name, target_arn, target, "
          "event, "
          "over_http, queued_ms, due_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(uuid_of(std::string(event_id) + "|" + rule.arn + "|" + target.id), rule.account, rule.arn,
              rule.name, target.arn, json::serialize(target.document), event, http, count(now), count(now))
        .run();
  }
  if (queued.over_http) queued.dropped = drop_oldest(db, deliveries_max);
  return queued;
}

std::vector<EventDelivery> due_deliveries(cloud::Connection& db, Reached reached, Instant now, int limit,
                                          std::string_view target_arn) {
  std::vector<EventDelivery> result;
  const bool all = target_arn.empty();
  auto rows = db.prepare(sql(delivery_columns, all ? "WHERE over_http = ? AND due_ms <= ? ORDER BY sequence "
                                                     "LIMIT ?"
                                                   : "WHERE over_http = ? AND due_ms <= ? AND target_arn = "
                                                     "? ORDER BY sequence LIMIT ?"));
  if (all)
    rows.bind(reached == Reached::over_http, count(now), limit);
  else
    rows.bind(reached == Reached::over_http, count(now), target_arn, limit);
  while (rows.step()) {
    result.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4),
                      stored_object(rows.text(5)), rows.text(6), instant(rows.integer(7)),
                      static_cast<int>(rows.integer(8))});
  }
  return result;
}

void remove_delivery(cloud::Connection& db, const std::string& id) {
  db.prepare("DELETE FROM event_delivery WHERE id = ?").bind(id).run();
}

void postpone_delivery(cloud::Connection& db, const std::string& id, Instant due) {
  db.prepare("UPDATE event_delivery SET attempts = attempts + 1, due_ms = ? WHERE id = ?")
      .bind(count(due), id)
      .run();
}

void count_dropped(cloud::Connection& db, std::int64_t deliveries) {
  if (deliveries == 0) return;
  db.prepare(
        "INSERT INTO counter VALUES ('event_deliveries_dropped', ?) ON CONFLICT (name) DO UPDATE SET value = "
        "value + excluded.value")
      .bind(deliveries)
      .run();
}

}  // namespace s3dr::services
