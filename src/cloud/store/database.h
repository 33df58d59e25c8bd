// SQLite for one region: statements as values, and group commit. Every change is a closure. One writer runs
// the closures in the order given. Changes that wait at the same time share one durable commit.
// No transaction spans an await.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/task.h"
#include "cloud/store/storage.h"

struct sqlite3;
struct sqlite3_stmt;

namespace s3dr::cloud {

class Connection;

// A prepared statement from the connection's cache. It is reset when it goes out of scope.
//   auto row = db.prepare("SELECT name FROM bucket WHERE id = ?");
//   row.bind(id); while (row.step()) use(row.text(0));
class Statement {
 public:
  Statement(Connection& connection, sqlite3_stmt* statement)
      : connection_(&connection), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  ~Statement();

  // Binds the parameters in order. Supported types: integers, bool, std::string_view and std::string (text),
  // Blob, nullptr, and std::optional of these.
  struct Blob {
    std::string_view bytes;
  };
  template <class... Values>
  Statement& bind(const Values&... values) {
    int position = 0;
    (bind_one(++position, values), ...);
    return *this;
  }
  bool step();  // true: there is a row. Raises corrupt, unavailable (disk full).
  // For statements without rows.
  void run() {
    while (step()) {
    }
  }
  std::int64_t integer(int column) const;
  std::string text(int column) const;  // text or blob, byte for byte; NULL → ""
  bool is_null(int column) const;

 private:
  void bind_one(int position, std::int64_t value);
  void bind_one(int position, std::nullptr_t);
  void bind_one(int position, std::string_view value);
  void bind_one(int position, Blob value);
  template <class Integer>
    requires std::is_integral_v<Integer>
  void bind_one(int position, Integer value) {
    bind_one(position, static_cast<std::int64_t>(value));
  }
  void bind_one(int position, const std::string& value) { bind_one(position, std::string_view(value)); }
  void bind_one(int position, const char* value) { bind_one(position, std::string_view(value)); }
  template <class Value>
  void bind_one(int position, const std::optional<Value>& value) {
    if (value)
      bind_one(position, *value);
    else
      bind_one(position, nullptr);
  }

  Connection* connection_;
  sqlite3_stmt* statement_;
};

class Connection {
 public:
  explicit Connection(sqlite3* handle);  // takes ownership
  ~Connection();
  Statement prepare(std::string_view sql);  // cached by text
  void execute(std::string_view sql);       // one or more statements without parameters
  std::int64_t last_insert_id() const;
  std::int64_t changed_rows() const;
  bool in_transaction() const;

 private:
  friend class Statement;
  struct State;
  std::unique_ptr<State> state_;
};

class Database {
 public:
  // Needs: the executor's context outlives the database.
  Database(boost::asio::any_io_executor executor, Storage& storage, std::string_view schema);
  ~Database();  // finishes what is queued

  // Runs `change` in a transaction of its own (a savepoint within the group's commit). Returns its result
  // after the commit is durable. If `change` throws, only this change is undone,
  // and the exception is rethrown here.
  // In threaded mode `change` runs on the writer thread: it must not touch what other tasks use at that time,
  // Random included. It may use the caller's locals: cancellation does not end the wait for a queued change.
  template <class Change, class Result = std::invoke_result_t<Change, Connection&>>
  Task<Result> write(Change change) {
    if constexpr (std::is_void_v<Result>) {
      co_await write_erased([&change](Connection& connection) { change(connection); });
    } else {
      std::optional<Result> result;
      co_await write_erased(
          [&change, &result](Connection& connection) { result.emplace(change(connection)); });
      co_return std::move(*result);
    }
  }
  // For reading on the caller's thread. Sees every durable commit. Do not keep a Statement across an await.
  Connection& reader();

 private:
  Task<> write_erased(std::function<void(Connection&)> change);
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace s3dr::cloud
