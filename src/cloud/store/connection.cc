#include <sqlite3.h>

#include <map>
#include <utility>

#include "base/error.h"
#include "cloud/store/database.h"

namespace s3dr::cloud {
namespace {

// More than the number of different statements in the cloud.
// A statement beyond this limit is prepared each time.
constexpr std::size_t cached_statements_max = 256;

[[noreturn]] void raise(sqlite3* handle, std::string_view doing) {
  const int code = sqlite3_extended_errcode(handle);
  const std::string message = std::string(doing) + ": " + sqlite3_errmsg(handle);
  switch (code & 0xff) {
    case SQLITE_FULL:
      throw Error(ErrorKind::unavailable, "no space left for the database").with_code("InsufficientStorage");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      throw Error(ErrorKind::unavailable, message);
    case SQLITE_CONSTRAINT:
      throw Error(ErrorKind::precondition_failed, message);
    default:
      throw Error(ErrorKind::corrupt, message);
  }
}

}  // namespace

struct Connection::State {
  sqlite3* handle = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> idle;  // a statement in use is not in here
};

Connection::Connection(sqlite3* handle) : state_(std::make_unique<State>()) {
  state_->handle = handle;
}

Connection::~Connection() {
  for (const auto& [text, statement] : state_->idle) sqlite3_finalize(statement);
  sqlite3_close_v2(state_->handle);
}

Statement Connection::prepare(std::string_view sql) {
  const auto found = state_->idle.find(sql);
  if (found != state_->idle.end()) {
    sqlite3_stmt* statement = found->second;
    state_->idle.erase(found);
    return {*this, statement};
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(state_->handle, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                         &statement, nullptr) != SQLITE_OK)
    raise(state_->handle, sql);
  return {*this, statement};
}

void Connection::execute(std::string_view sql) {
  const std::string text(sql);
  if (sqlite3_exec(state_->handle, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    raise(state_->handle, sql.substr(0, 80));
}

std::int64_t Connection::last_insert_id() const {
  return sqlite3_last_insert_rowid(state_->handle);
}

std::int64_t Connection::changed_rows() const {
  return sqlite3_changes64(state_->handle);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(state_->handle) == 0;
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  auto& idle = connection_->state_->idle;
  if (idle.size() >= cached_statements_max || !idle.emplace(sqlite3_sql(statement_), statement_).second)
    sqlite3_finalize(statement_);
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  raise(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int count = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Statement::bind_one(int position, std::int64_t value) {
  S3DR_CHECK(sqlite3_bind_int64(statement_, position, value) == SQLITE_OK);
}

void Statement::bind_one(int position, std::nullptr_t) {
  S3DR_CHECK(sqlite3_bind_null(statement_, position) == SQLITE_OK);
}

void Statement::bind_one(int position, std::string_view value) {
  if (sqlite3_bind_text64(statement_, position, value.data() == nullptr ? "" : value.data(), value.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
    raise(sqlite3_db_handle(statement_), "binding a text");
}

void Statement::bind_one(int position, Blob value) {
  if (sqlite3_bind_blob64(statement_, position, value.bytes.data() == nullptr ? "" : value.bytes.data(),
                          value.bytes.size(), SQLITE_TRANSIENT) != SQLITE_OK)
    raise(sqlite3_db_handle(statement_), "binding bytes");
}

}  // namespace s3dr::cloud
