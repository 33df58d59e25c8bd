#include "cloud/store/apply_schema.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"

namespace s3dr::cloud {
namespace {

using Columns = std::vector<std::string>;  // declarations, in order

std::map<std::string, Columns> tables_of(Connection& connection) {
  std::map<std::string, Columns> tables;
  auto rows = connection.prepare(
      "SELECT t.name, c.name || ' ' || c.type || iif(c.\"notnull\", ' NOT NULL', '') || iif(c.pk, ' PRIMARY "
      "KEY', '') "
      "FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid");
  while (rows.step()) tables[rows.text(0)].push_back(rows.text(1));
  return tables;
}

sqlite3* open_in_memory() {
  sqlite3* handle = nullptr;
  if (sqlite3_open(":memory:", &handle) == SQLITE_OK) return handle;
  sqlite3_close(handle);
  throw Error(ErrorKind::unavailable, "no memory for a database");
}

bool contains(const Columns& columns, const std::string& column) {
  return std::ranges::find(columns, column) != columns.end();
}

std::string file_of(Connection& connection) {
  auto row = connection.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'");
  return row.step() ? row.text(0) : "";
}

// "lacks column created_ms INTEGER NOT NULL", "has another column x TEXT"; what is in both is in another
// order.
std::string difference(const Columns& found, const Columns& wanted) {
  for (const std::string& column : wanted)
    if (!contains(found, column)) return "lacks column " + column;
  for (const std::string& column : found)
    if (!contains(wanted, column)) return "has another column " + column;
  return "has its columns in another order";
}

}  // namespace

void apply_schema(Connection& connection, std::string_view schema) {
  const auto found = tables_of(connection);
  if (!found.empty()) {
    Connection model(open_in_memory());
    model.execute(schema);
    for (const auto& [table, wanted] : tables_of(model)) {
      const auto there = found.find(table);
      if (there == found.end() || there->second == wanted) continue;
      throw Error(ErrorKind::invalid, "this data folder was made by another version of s3dr: table " + table +
                                          " " + difference(there->second, wanted))
          .with_resource(file_of(connection))
          .with_advice("start with an empty folder, or with the version that made this one");
    }
  }
  connection.execute(schema);
}

}  // namespace s3dr::cloud
