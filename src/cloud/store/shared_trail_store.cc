#include "cloud/store/shared_trail_store.h"

#include "cloud/store/rows.h"

namespace s3dr::cloud {
namespace {

constexpr Rows<SharedTrail> shared_trail_rows = {
    "SELECT account, home_region, name, document FROM shared_trail ",
    [](const Statement& row) { return SharedTrail{row.text(0), row.text(1), row.text(2), row.text(3)}; }};

}  // namespace

const std::string_view SharedTrailStore::schema = R"sql(
CREATE TABLE IF NOT EXISTS shared_trail (
  account TEXT NOT NULL, home_region TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (account, home_region, name)) WITHOUT ROWID;
)sql";

std::vector<SharedTrail> SharedTrailStore::list(std::string_view account) {
  const std::lock_guard lock(mutex_);
  return shared_trail_rows.all(connection_, "WHERE account = ? ORDER BY home_region, name", account);
}

std::vector<SharedTrail> SharedTrailStore::list_of_others(std::string_view account) {
  const std::lock_guard lock(mutex_);
  return shared_trail_rows.all(connection_, "WHERE account <> ? ORDER BY account, home_region, name",
                               account);
}

void SharedTrailStore::put(const SharedTrail& trail) {
  const std::lock_guard lock(mutex_);
  ImmediateTransaction transaction(connection_);
  connection_.prepare("INSERT OR REPLACE INTO shared_trail VALUES (?, ?, ?, ?)")
      .bind(trail.account, trail.home_region, trail.name, trail.document)
      .run();
  transaction.commit();
}

void SharedTrailStore::remove(std::string_view account, std::string_view home_region, std::string_view name) {
  const std::lock_guard lock(mutex_);
  ImmediateTransaction transaction(connection_);
  connection_.prepare("DELETE FROM shared_trail WHERE account = ? AND home_region = ? AND name = ?")
      .bind(account, home_region, name)
      .run();
  transaction.commit();
}

}  // namespace s3dr::cloud
