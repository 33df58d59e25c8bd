#include "cloud/services/bus/cloudtrail_store.h"

#include <algorithm>

#include "aws/arn.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/store/global_plane.h"
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

void save_row(cloud::Connection& db, const Trail& trail) {
  db.prepare("INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(trail.account, trail.name, trail.arn, json::serialize(trail.settings),
            json::serialize(trail.selectors), json::serialize(trail.tags), trail.logging,
            trail.management_writes, count(trail.started), count(trail.stopped))
      .run();
}

void delete_row(cloud::Connection& db, const Trail& trail) {
  db.prepare("DELETE FROM trail WHERE account = ? AND name = ?").bind(trail.account, trail.name).run();
}

json::value time_or_null(const std::optional<Instant>& time) {
  if (const auto milliseconds = count(time)) return *milliseconds;
  return nullptr;
}

std::optional<Instant> instant_of(const json::value& value) {
  if (!value.is_int64()) return std::nullopt;
  return Instant(milliseconds(value.get_int64()));
}

cloud::SharedTrail to_shared(const Trail& trail) {
  const json::object document{{"arn", trail.arn},
                              {"settings", trail.settings},
                              {"selectors", trail.selectors},
                              {"tags", trail.tags},
                              {"logging", trail.logging},
                              {"management_writes", trail.management_writes},
                              {"started_ms", time_or_null(trail.started)},
                              {"stopped_ms", time_or_null(trail.stopped)}};
  return {trail.account, trail.home_region(), trail.name, json::serialize(document)};
}

Trail from_shared(const cloud::SharedTrail& kept) {
  const json::object document = stored_object(kept.document);
  return {kept.account,
          kept.name,
          text_or_empty(document, "arn"),
          document.at("settings").as_object(),
          document.at("selectors").as_object(),
          document.at("tags").as_object(),
          document.at("logging").as_bool(),
          document.at("management_writes").as_bool(),
          instant_of(document.at("started_ms")),
          instant_of(document.at("stopped_ms"))};
}

bool is_on(const json::object& settings, std::string_view name) {
  const json::value* told = settings.if_contains(name);
  return told != nullptr && *told == json::value(true);
}

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

bool Trail::of_several_regions() const {
  return is_on(settings, "IsMultiRegionTrail");
}

bool Trail::of_organization() const {
  return is_on(settings, "IsOrganizationTrail");
}

std::string Trail::home_region() const {
  const auto parsed = aws::parse_arn(arn);
  return parsed ? parsed->region : "";
}

std::vector<Trail> Trails::shared(std::string_view account) {
  std::vector<Trail> result;
  for (const cloud::SharedTrail& kept : region_.global.trails().list(account))
    result.push_back(from_shared(kept));
  return result;
}

std::vector<Trail> Trails::list(std::string_view account) {
  std::vector<Trail> result = trail_rows.all(db_, "WHERE account = ? ORDER BY name", account);
  for (Trail& trail : shared(account)) {
    // A change from one region to several may have ended before the row went away.
    std::erase_if(result, [&](const Trail& row) { return row.arn == trail.arn; });
    result.push_back(std::move(trail));
  }
  for (const cloud::SharedTrail& kept : region_.global.trails().list_of_others(account)) {
    Trail trail = from_shared(kept);
    if (trail.of_organization()) result.push_back(std::move(trail));
  }
  return result;
}

std::optional<Trail> Trails::find(std::string_view account, std::string_view name) {
  for (Trail& trail : list(account)) {
    const bool by_name = trail.name == name && trail.account == account &&
                         trail.home_region() == region_.options.region.text();
    if (by_name || trail.arn == name) return std::move(trail);
  }
  return std::nullopt;
}

void Trails::save(const Trail& trail) {
  if (!trail.of_several_regions()) return save_row(db_, trail);
  region_.global.trails().put(to_shared(trail));
  delete_row(db_, trail);
}

void Trails::settle(const Trail& trail) {
  if (trail.of_several_regions()) return;
  region_.global.trails().remove(trail.account, trail.home_region(), trail.name);
}

void Trails::remove(const Trail& trail) {
  delete_row(db_, trail);
  region_.global.trails().remove(trail.account, trail.home_region(), trail.name);
}

bool Trails::events_flow(std::string_view account) {
  const std::vector<Trail> trails = list(account);
  return std::ranges::any_of(trails,
                             [](const Trail& trail) { return trail.logging && trail.management_writes; });
}

void install_trail(cloud::Connection& db, const s3::Region& region, const std::string& account,
                   std::string_view name, Instant now) {
  if (trail_rows.find(db, "WHERE account = ? AND name = ?", account, name)) return;
  Trail trail;
  trail.account = account;
  trail.name = name;
  trail.arn = trail_arn(region, account, name);
  trail.settings = {{"S3BucketName", "s3dr-no-log-files"}, {"IncludeGlobalServiceEvents", true}};
  trail.selectors = default_selectors();
  trail.logging = true;
  trail.started = now;
  save_row(db, trail);
}

}  // namespace s3dr::services
