// Reads rows of one kind as values: find one, or all of them. The statement below it: database.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/database.h"

namespace s3dr::cloud {

// "SELECT … FROM table " and what a row of it is. `where` is the rest of the statement, its parameters are `values`.
template <class Row>
struct Rows {
  std::string_view select;
  Row (*read)(const Statement&);

  // The first row; nullopt: there is none.
  template <class... Values>
  std::optional<Row> find(Connection& db, std::string_view where, const Values&... values) const {
    auto row = db.prepare(std::string(select) + std::string(where));
    if constexpr (sizeof...(values) > 0) row.bind(values...);
    if (!row.step()) return std::nullopt;
    return read(row);
  }

  template <class... Values>
  std::vector<Row> all(Connection& db, std::string_view where, const Values&... values) const {
    std::vector<Row> result;
    auto rows = db.prepare(std::string(select) + std::string(where));
    if constexpr (sizeof...(values) > 0) rows.bind(values...);
    while (rows.step()) result.push_back(read(rows));
    return result;
  }
};

}  // namespace s3dr::cloud
