#include "cloud/store/replication_queue.h"

#include <optional>

namespace s3dr::cloud {
namespace {

std::int64_t ms(Instant instant) {
  return instant.time_since_epoch().count();
}

struct Entry {
  std::int64_t object_version = 0;
  std::string destination, rule_id;
};

std::optional<Entry> take(Statement row) {
  std::optional<Entry> entry;
  while (row.step()) entry = Entry{row.integer(0), row.text(1), row.text(2)};
  return entry;
}

void count_in(Connection& db, const QueuedVersion& version, std::string_view destination,
              std::string_view rule_id) {
  db.prepare(
        "INSERT INTO replication_pending (bucket, destination, rule_id, operations, bytes) VALUES "
        "(?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET operations = operations + 1, bytes = bytes + "
        "excluded.bytes")
      .bind(version.bucket, destination, rule_id, version.size)
      .run();
}

void count_out(Connection& db, const Entry& entry) {
  db.prepare(
        "UPDATE replication_pending SET operations = operations - 1, bytes = bytes - (SELECT size FROM "
        "object_version WHERE id = ?1) WHERE bucket = (SELECT bucket FROM object_version WHERE id = ?1) AND "
        "destination = ?2 AND rule_id = ?3")
      .bind(entry.object_version, entry.destination, entry.rule_id)
      .run();
}

bool insert_once(Connection& db, const QueuedVersion& version, std::string_view destination,
                 std::string_view rule_id, Instant now) {
  db.prepare(
        "INSERT OR IGNORE INTO replication_task (object_version, destination, rule_id, queued_ms, due_ms) "
        "VALUES (?1, ?2, ?3, ?4, ?4)")
      .bind(version.id, destination, rule_id, ms(now))
      .run();
  return db.changed_rows() > 0;
}

// The rules of one destination may have one id, so the bucket is compared as well.
std::optional<Instant> oldest_of(Connection& db, std::int64_t bucket, const PendingReplication& rule) {
  auto row = db.prepare(
      "SELECT queued_ms FROM replication_task JOIN object_version ON object_version.id = object_version "
      "WHERE destination = ? AND rule_id = ? AND bucket = ? ORDER BY queued_ms LIMIT 1");
  row.bind(rule.destination, rule.rule_id, bucket);
  if (!row.step()) return std::nullopt;
  return Instant(milliseconds(row.integer(0)));
}

}  // namespace

void enqueue_replication(Connection& db, const QueuedVersion& version, std::string_view destination,
                         std::string_view rule_id, Instant now) {
  auto replaced = db.prepare(
      "SELECT object_version, destination, rule_id FROM replication_task WHERE object_version = ? AND "
      "destination = ?");
  replaced.bind(version.id, destination);
  if (const auto entry = take(std::move(replaced))) count_out(db, *entry);
  // REPLACE takes the new id before the old entry goes, so they differ.
  db.prepare(
        "INSERT OR REPLACE INTO replication_task (object_version, destination, rule_id, queued_ms, due_ms) "
        "VALUES (?1, ?2, ?3, ?4, ?4)")
      .bind(version.id, destination, rule_id, ms(now))
      .run();
  count_in(db, version, destination, rule_id);
}

void enqueue_replication_once(Connection& db, const QueuedVersion& version, std::string_view destination,
                              std::string_view rule_id, Instant now) {
  if (insert_once(db, version, destination, rule_id, now)) count_in(db, version, destination, rule_id);
}

bool dequeue_replication(Connection& db, std::int64_t entry) {
  auto row =
      db.prepare("DELETE FROM replication_task WHERE id = ? RETURNING object_version, destination, rule_id");
  row.bind(entry);
  const auto removed = take(std::move(row));
  if (removed) count_out(db, *removed);
  return removed.has_value();
}

void dequeue_replication_of(Connection& db, std::int64_t object_version) {
  std::vector<Entry> removed;
  {
    auto row = db.prepare(
        "DELETE FROM replication_task WHERE object_version = ? RETURNING object_version, destination, "
        "rule_id");
    row.bind(object_version);
    while (row.step()) removed.push_back({row.integer(0), row.text(1), row.text(2)});
  }
  for (const Entry& entry : removed) count_out(db, entry);
}

std::vector<PendingReplication> pending_replication(Connection& db) {
  std::vector<PendingReplication> result;
  auto row = db.prepare(
      "SELECT bucket, bucket.name, destination, rule_id, operations, bytes FROM replication_pending JOIN "
      "bucket ON bucket.id = bucket WHERE operations > 0");
  while (row.step()) {
    PendingReplication rule{row.text(1), row.text(2), row.text(3), row.integer(4), row.integer(5), {}};
    if (const auto oldest = oldest_of(db, row.integer(0), rule)) {
      rule.oldest = *oldest;
      result.push_back(std::move(rule));
    }
  }
  return result;
}

void recount_replication(Connection& db) {
  db.prepare("DELETE FROM replication_pending").run();
  db.prepare(
        "INSERT INTO replication_pending SELECT bucket, destination, rule_id, COUNT(*), SUM(size) FROM "
        "replication_task JOIN object_version ON object_version.id = object_version "
        "GROUP BY bucket, destination, rule_id")
      .run();
}

}  // namespace s3dr::cloud
