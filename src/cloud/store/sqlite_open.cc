#include "cloud/store/sqlite_open.h"

#include <sqlite3.h>

#include "base/error.h"

namespace s3dr::cloud {

sqlite3* open_sqlite(const std::string& uri, std::string_view pragmas) {
  sqlite3* handle = nullptr;
  // NOMUTEX: a connection is used by one thread at a time.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  int result = sqlite3_open_v2(uri.c_str(), &handle, flags, nullptr);
  if (result == SQLITE_OK) {
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    const std::string text = std::string(pragmas) + ";PRAGMA foreign_keys=ON;PRAGMA trusted_schema=OFF";
    result = sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr);
  }
  if (result == SQLITE_OK) return handle;
  const std::string message = handle == nullptr ? "out of memory" : sqlite3_errmsg(handle);
  sqlite3_close_v2(handle);
  const bool damaged = result == SQLITE_NOTADB || result == SQLITE_CORRUPT;
  throw Error(damaged ? ErrorKind::corrupt : ErrorKind::invalid, "cannot open the database: " + message)
      .with_resource(uri);
}

}  // namespace s3dr::cloud
