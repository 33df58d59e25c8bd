#include "cloud/services/bus/events_store.h"

#include "aws/hash.h"
#include "cloud/services/bus/event_rows.h"
#include "cloud/services/common/json_fields.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

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
  if (!row.is_null(10)) rule.next = instant_of(row.integer(10));
  return rule;
}

constexpr cloud::Rows<EventRule> rule_rows = {
    "SELECT id, account, name, arn, description, pattern, schedule, role, enabled, tags, next_ms FROM "
    "event_rule ",
    rule_at};
constexpr cloud::Rows<EventTarget> target_rows = {
    "SELECT id, arn, document FROM event_target ", [](const cloud::Statement& row) -> EventTarget {
      return {row.text(0), row.text(1), stored_object(row.text(2))};
    }};

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
  return rule_rows.find(db, by_name, account, name);
}

std::vector<EventRule> list_rules(cloud::Connection& db, std::string_view account, std::string_view prefix,
                                  std::string_view after, std::size_t limit) {
  return page_of_rows(rule_rows, db, account, prefix, after, limit);
}

void save_rule(cloud::Connection& db, const EventRule& rule) {
  std::optional<std::int64_t> next;
  if (rule.next) next = column_of(*rule.next);
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
  return target_rows.all(db, "WHERE rule = ? ORDER BY id", rule);
}

void save_target(cloud::Connection& db, std::int64_t rule, const EventTarget& target) {
  db.prepare("INSERT OR REPLACE INTO event_target (rule, id, arn, document) VALUES (?, ?, ?, ?)")
      .bind(rule, target.id, target.arn, json::serialize(target.document))
      .run();
}

}  // namespace s3dr::services
