#include "cloud/services/logs/logs_store.h"

#include <utility>

#include "cloud/services/logs/embedded_metrics.h"

namespace s3dr::services {
namespace {

constexpr std::size_t lines_waiting_max = 100'000;
constexpr std::size_t bytes_waiting_max = 16 * 1024 * 1024;

std::int64_t ms(Instant instant) {
  return instant.time_since_epoch().count();
}

}  // namespace

const std::string_view logs_schema = R"sql(
CREATE TABLE IF NOT EXISTS log_group (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  tags TEXT NOT NULL DEFAULT '{}',
  created_ms INTEGER NOT NULL,
  retention_days INTEGER,                       -- NULL: for ever
  UNIQUE (account, name)
);
CREATE TABLE IF NOT EXISTS log_stream (
  id INTEGER PRIMARY KEY,
  log_group INTEGER NOT NULL REFERENCES log_group(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  first_ms INTEGER,                             -- times of events, NULL while there is none
  last_ms INTEGER,
  ingested_ms INTEGER,
  UNIQUE (log_group, name)
);
CREATE TABLE IF NOT EXISTS log_event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,         -- the order of arrival; eventId is made of it
  stream INTEGER NOT NULL REFERENCES log_stream(id) ON DELETE CASCADE,
  time_ms INTEGER NOT NULL,
  ingested_ms INTEGER NOT NULL,
  message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS log_event_order ON log_event (stream, time_ms, id);
)sql";

std::optional<LogGroupRow> find_log_group(cloud::Connection& db, const std::string& account,
                                          const std::string& name) {
  auto row =
      db.prepare("SELECT id, tags, created_ms, retention_days FROM log_group WHERE account = ? AND name = ?");
  row.bind(account, name);
  if (!row.step()) return std::nullopt;
  LogGroupRow group;
  group.id = row.integer(0);
  group.account = account;
  group.name = name;
  group.tags = row.text(1);
  group.created = Instant(milliseconds(row.integer(2)));
  if (!row.is_null(3)) group.retention_days = row.integer(3);
  return group;
}

std::optional<std::int64_t> find_log_stream(cloud::Connection& db, std::int64_t group,
                                            const std::string& name) {
  auto row = db.prepare("SELECT id FROM log_stream WHERE log_group = ? AND name = ?");
  row.bind(group, name);
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

bool create_log_group(cloud::Connection& db, const std::string& account, const std::string& name,
                      const std::string& tags, Instant now) {
  db.prepare("INSERT OR IGNORE INTO log_group (account, name, tags, created_ms) VALUES (?, ?, ?, ?)")
      .bind(account, name, tags, ms(now))
      .run();
  return db.changed_rows() > 0;
}

bool create_log_stream(cloud::Connection& db, std::int64_t group, const std::string& name, Instant now) {
  db.prepare("INSERT OR IGNORE INTO log_stream (log_group, name, created_ms) VALUES (?, ?, ?)")
      .bind(group, name, ms(now))
      .run();
  return db.changed_rows() > 0;
}

void add_log_lines(cloud::Connection& db, std::int64_t stream, const std::vector<LogLine>& lines,
                   Instant now) {
  if (lines.empty()) return;
  Instant first = lines.front().time, last = lines.front().time;
  for (const LogLine& line : lines) {
    db.prepare("INSERT INTO log_event (stream, time_ms, ingested_ms, message) VALUES (?, ?, ?, ?)")
        .bind(stream, ms(line.time), ms(now), line.text)
        .run();
    first = std::min(first, line.time);
    last = std::max(last, line.time);
  }
  db.prepare(
        "UPDATE log_stream SET first_ms = MIN(COALESCE(first_ms, ?1), ?1), last_ms = MAX(COALESCE(last_ms, "
        "?2), ?2), ingested_ms = ?3 WHERE id = ?4")
      .bind(ms(first), ms(last), ms(now), stream)
      .run();
}

std::int64_t remove_expired_lines(cloud::Connection& db, Instant now, std::int64_t lines_max) {
  constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
  db.prepare(
        "DELETE FROM log_event WHERE id IN (SELECT log_event.id FROM log_group CROSS JOIN log_stream ON "
        "log_stream.log_group = log_group.id CROSS JOIN log_event ON stream = log_stream.id AND time_ms < ? "
        "- "
        "retention_days * ? WHERE retention_days IS NOT NULL LIMIT ?)")
      .bind(ms(now), day_ms, lines_max)
      .run();
  return db.changed_rows();
}

void LogWriter::append(const LogDestination& destination, Instant time, std::string text) {
  bytes_waiting_ += text.size();
  waiting_.push_back({destination, {time, std::move(text)}});
  while (waiting_.size() > lines_waiting_max || bytes_waiting_ > bytes_waiting_max) {
    bytes_waiting_ -= waiting_.front().line.text.size();
    waiting_.pop_front();
    if (dropped_++ == 0) region_.log.error("log lines of functions dropped: too many wait");
  }
}

Task<> LogWriter::flush() {
  if (waiting_.empty()) co_return;
  const std::deque<Waiting> lines = std::exchange(waiting_, {});
  bytes_waiting_ = 0;
  if (const std::uint64_t dropped = std::exchange(dropped_, 0); dropped > 0)
    region_.log.warning("log lines of functions were dropped", {{"lines", std::to_string(dropped)}});
  const Instant now = region_.clock.now();
  co_await region_.database.write([&](cloud::Connection& db) {
    for (std::size_t i = 0; i < lines.size();) {
      const LogDestination& to = lines[i].destination;
      std::vector<LogLine> together;
      for (; i < lines.size() && lines[i].destination == to; ++i) together.push_back(lines[i].line);
      if (to.creates_group) create_log_group(db, to.account, to.group, "{}", now);
      const auto found = find_log_group(db, to.account, to.group);
      if (!found) continue;
      const std::int64_t group = found->id;
      create_log_stream(db, group, to.stream, now);
      add_log_lines(db, find_log_stream(db, group, to.stream).value(), together, now);
      for (const LogLine& line : together) {
        for (const EmbeddedMetric& metric : embedded_metrics(to.account, line.text)) {
          record_metric(db, metric.id, metric.values, metric.at);
        }
      }
    }
  });
}

}  // namespace s3dr::services
