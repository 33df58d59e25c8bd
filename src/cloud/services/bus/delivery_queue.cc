#include "cloud/services/bus/delivery_queue.h"

#include "aws/arn.h"
#include "cloud/services/bus/event_rows.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/store/row_counts.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr cloud::Rows<EventDelivery> delivery_rows = {
    "SELECT id, rule_arn, rule_name, account, target_arn, target, event, queued_ms, attempts FROM "
    "event_delivery ",
    [](const cloud::Statement& row) -> EventDelivery {
      return {row.text(0),
              row.text(1),
              row.text(2),
              row.text(3),
              row.text(4),
              stored_object(row.text(5)),
              row.text(6),
              instant_of(row.integer(7)),
              static_cast<int>(row.integer(8))};
    }};

bool is_over_http(const std::string& target_arn) {
  const auto arn = aws::parse_arn(target_arn);
  return arn && arn->service == "events";
}

// The queue has a limit because an endpoint may be unreachable for long.
// Deliveries within the region never wait.
std::int64_t drop_oldest(cloud::Connection& db, std::size_t deliveries_max) {
  const std::int64_t too_many =
      cloud::row_count(db, "event_delivery") - static_cast<std::int64_t>(deliveries_max);
  if (too_many <= 0) return 0;
  db.prepare(
        "DELETE FROM event_delivery WHERE over_http = 1 AND sequence IN (SELECT sequence FROM event_delivery "
        "ORDER BY sequence LIMIT ?)")
      .bind(too_many)
      .run();
  const std::int64_t dropped = db.changed_rows();
  count_dropped(db, dropped);
  return dropped;
}

}  // namespace

const std::string_view deliveries_schema = R"sql(
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
)sql" S3DR_COUNT_ROWS("event_delivery");

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
              rule.name, target.arn, json::serialize(target.document), event, http, column_of(now),
              column_of(now))
        .run();
  }
  if (queued.over_http) queued.dropped = drop_oldest(db, deliveries_max);
  return queued;
}

std::vector<EventDelivery> due_deliveries(cloud::Connection& db, Reached reached, Instant now, int limit,
                                          std::string_view target_arn) {
  const bool over_http = reached == Reached::over_http;
  if (target_arn.empty())
    return delivery_rows.all(db, "WHERE over_http = ? AND due_ms <= ? ORDER BY due_ms, sequence LIMIT ?",
                             over_http, column_of(now), limit);
  return delivery_rows.all(
      db, "WHERE over_http = ? AND target_arn = ? AND due_ms <= ? ORDER BY due_ms, sequence LIMIT ?",
      over_http, target_arn, column_of(now), limit);
}

void remove_delivery(cloud::Connection& db, const std::string& id) {
  db.prepare("DELETE FROM event_delivery WHERE id = ?").bind(id).run();
}

void postpone_delivery(cloud::Connection& db, const std::string& id, Instant due) {
  db.prepare("UPDATE event_delivery SET attempts = attempts + 1, due_ms = ? WHERE id = ?")
      .bind(column_of(due), id)
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
