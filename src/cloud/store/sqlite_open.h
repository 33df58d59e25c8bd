// Opens one SQLite handle with the settings that all connections of the cloud share. For the storages only.
#pragma once

#include <string>
#include <string_view>

#include "cloud/store/storage.h"

namespace s3dr::cloud {

// How long a connection waits for another process's transaction.
// Transactions of the global plane take milliseconds.
inline constexpr int busy_timeout_ms = 10'000;

// `uri` is a SQLite URI. `pragmas` run first. Foreign keys are on.
// Raises invalid (cannot be opened), corrupt (not a database).
sqlite3* open_sqlite(const std::string& uri, std::string_view pragmas);

}  // namespace s3dr::cloud
