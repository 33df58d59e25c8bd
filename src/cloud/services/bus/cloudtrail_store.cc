#include "cloud/services/bus/cloudtrail_store.h"

#include "cloud/services/common/json_fields.h"
#include "cloud/store/rows.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

std::optional<Instant> instant_at(const cloud::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant(milliseconds(row.integer(column)));
}

std::optional<std::int64_t> count(const std::optional<Instant>& time) {
  if (!time) return std::nullopt;
  return time->time_since_epoch().count();
}

Trail trail_at(const cloud::Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          stored_object(row.text(3)),
          stored_object(row.text(4)),
          stored_object(row.text(5)),
          row.integer(6) != 0,
          row.integer(7) != 0,
          instant_at(row, 8),
          instant_at(row, 9)};
}

constexpr cloud::Rows<Trail> trail_rows = {
    "SELECT account, name, arn, settings, selectors, tags, logging, management_writes, started_ms, "
    "stopped_ms FROM trail ",
    trail_at};

}  // namespace

const std::string_view cloudtrail_schema = R"sql(
CREATE TABLE IF NOT EXISTS trail (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL,
  settings TEXT NOT NULL,                       -- JSON
  selectors TEXT NOT NULL,                      -- JSON
  tags TEXT NOT NULL,
  logging INTEGER NOT NULL,
  management_writes INTEGER NOT NULL,
  started_ms INTEGER,
  stopped_ms INTEGER,
  PRIMARY KEY (account, name)
);
)sql";

std::string trail_arn(const s3::Region& region, std::string_view account, std::string_view name) {
  return "arn:aws:cloudtrail:" + region.text() + ":" + std::string(account) + ":trail/" + std::string(name);
}

json::object default_selectors() {
  return {{"EventSelectors", json::array{json::object{{"ReadWriteType", "All"},
                                                      {"IncludeManagementEvents", true},
                                                      {"DataResources", json::array()},
                                                      {"ExcludeManagementEventSources", json::array()}}}}};
}

std::optional<Trail> find_trail(cloud::Connection& db, std::string_view account, std::string_view name) {
  return trail_rows.find(db, "WHERE account = ? AND (name = ? OR arn = ?)", account, name, name);
}

std::vector<Trail> list_trails(cloud::Connection& db, std::string_view account) {
  return trail_rows.all(db, "WHERE account = ? ORDER BY name", account);
}

void save_trail(cloud::Connection& db, const Trail& trail) {
  db.prepare("INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(trail.account, trail.name, trail.arn, json::serialize(trail.settings),
            json::serialize(trail.selectors), json::serialize(trail.tags), trail.logging,
            trail.management_writes, count(trail.started), count(trail.stopped))
      .run();
}

void delete_trail(cloud::Connection& db, const Trail& trail) {
  db.prepare("DELETE FROM trail WHERE account = ? AND name = ?").bind(trail.account, trail.name).run();
}

void install_trail(cloud::Connection& db, const s3::Region& region, const std::string& account,
                   std::string_view name, Instant now) {
  if (find_trail(db, account, name)) return;
  Trail trail;
  trail.account = account;
  trail.name = name;
  trail.arn = trail_arn(region, account, name);
  trail.settings = {{"S3BucketName", "s3dr-no-log-files"}, {"IncludeGlobalServiceEvents", true}};
  trail.selectors = default_selectors();
  trail.logging = true;
  trail.started = now;
  save_trail(db, trail);
}

bool events_flow(cloud::Connection& db, std::string_view account) {
  auto row =
      db.prepare("SELECT 1 FROM trail WHERE account = ? AND logging = 1 AND management_writes = 1 LIMIT 1");
  row.bind(account);
  return row.step();
}

}  // namespace s3dr::services
