// What the tables of EventBridge have in common: times as columns keep them, and a page of named rows. Private to
// this folder.
#pragma once

#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/store/rows.h"

namespace s3dr::services {

inline Instant instant_of(std::int64_t milliseconds_since_epoch) {
  return Instant(milliseconds(milliseconds_since_epoch));
}

inline std::int64_t column_of(Instant time) {
  return time.time_since_epoch().count();
}

inline constexpr std::string_view by_name = "WHERE account = ? AND name = ?";

// In the order of names: at most `limit` that begin with `prefix` and come after `after`.
template <class Row>
std::vector<Row> page_of_rows(const cloud::Rows<Row>& rows, cloud::Connection& db, std::string_view account,
                              std::string_view prefix, std::string_view after, std::size_t limit) {
  return rows.all(db,
                  "WHERE account = ? AND substr(name, 1, length(?)) = ? AND name > ? ORDER BY name LIMIT ?",
                  account, prefix, prefix, after, limit);
}

}  // namespace s3dr::services
