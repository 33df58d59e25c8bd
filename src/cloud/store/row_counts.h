// How many rows a queue has, without counting them. SQLite keeps the number by triggers, in the transaction that
// inserts or deletes a row, whoever does so: a cascade as well, and an earlier release of the program.
#pragma once

#include <cstdint>
#include <string_view>

#include "cloud/store/database.h"

// SQL for the schema, behind the table's CREATE and behind that of row_count. It may be run again: a table that
// has no number yet is counted once. Not for a table in which INSERT OR REPLACE replaces: that fires no trigger.
#define S3DR_COUNT_ROWS(table)                                                \
  "CREATE TRIGGER IF NOT EXISTS " table "_counted_in AFTER INSERT ON " table  \
  " BEGIN UPDATE row_count SET count = count + 1 WHERE name = '" table        \
  "'; END;\n"                                                                 \
  "CREATE TRIGGER IF NOT EXISTS " table "_counted_out AFTER DELETE ON " table \
  " BEGIN UPDATE row_count SET count = count - 1 WHERE name = '" table        \
  "'; END;\n"                                                                 \
  "INSERT OR IGNORE INTO row_count SELECT '" table "', COUNT(*) FROM " table  \
  " WHERE NOT EXISTS (SELECT 1 FROM row_count WHERE name = '" table "');\n"

namespace s3dr::cloud {

// Needs S3DR_COUNT_ROWS of this table in the schema.
inline std::int64_t row_count(Connection& db, std::string_view table) {
  auto row = db.prepare("SELECT count FROM row_count WHERE name = ?");
  row.bind(table);
  return row.step() ? row.integer(0) : 0;
}

}  // namespace s3dr::cloud
