// What SQLite really does in this process: each statement that runs, on every connection that anybody opens.
// SQLite itself tells (sqlite3_auto_extension, sqlite3_trace_v2), so the cloud's code has no hook for it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace s3dr::test {

// Needs: made before the connections that it is to watch. There may be several; they see the same.
class SqliteWatch {
 public:
  // Text of a statement → the lines of its EXPLAIN QUERY PLAN.
  using Plans = std::map<std::string, std::set<std::string>>;

  SqliteWatch() {
    State& state = shared();
    const std::lock_guard lock(state.mutex);
    if (state.watches++ == 0) sqlite3_auto_extension(reinterpret_cast<void (*)()>(&SqliteWatch::opened));
    steps_before_ = state.steps;
  }
  ~SqliteWatch() {
    State& state = shared();
    const std::lock_guard lock(state.mutex);
    if (--state.watches > 0) return;
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&SqliteWatch::opened));
    for (sqlite3* handle : state.open) sqlite3_trace_v2(handle, 0, nullptr, nullptr);
    state.open.clear();
    state.ran.clear();
  }
  SqliteWatch(const SqliteWatch&) = delete;
  SqliteWatch& operator=(const SqliteWatch&) = delete;

  // Of the statements that ran on connections which are closed by now.
  Plans plans() const {
    State& state = shared();
    const std::lock_guard lock(state.mutex);
    return state.plans;
  }
  // Steps of SQLite's virtual machine in statements that have ended. They grow with the rows looked at, and
  // are the same on every machine.
  std::uint64_t steps() const {
    State& state = shared();
    const std::lock_guard lock(state.mutex);
    return state.steps - steps_before_;
  }

 private:
  struct State {
    std::mutex mutex;
    int watches = 0;
    std::set<sqlite3*> open;
    std::map<sqlite3*, std::set<std::string>> ran;
    Plans plans;
    std::uint64_t steps = 0;
  };

  static State& shared() {
    static State state;
    return state;
  }

  static int opened(sqlite3* handle, const char**, const void*) {
    State& state = shared();
    const std::lock_guard lock(state.mutex);
    state.open.insert(handle);
    sqlite3_trace_v2(handle, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE | SQLITE_TRACE_CLOSE, &traced, nullptr);
    return SQLITE_OK;
  }

  static int traced(unsigned event, void*, void* subject, void*) {
    State& state = shared();
    const std::lock_guard lock(state.mutex);
    if (event == SQLITE_TRACE_CLOSE) {
      explain(state, static_cast<sqlite3*>(subject));
      return 0;
    }
    auto* statement = static_cast<sqlite3_stmt*>(subject);
    if (event == SQLITE_TRACE_STMT) state.ran[sqlite3_db_handle(statement)].insert(sqlite3_sql(statement));
    if (event == SQLITE_TRACE_PROFILE) {
      const int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
      state.steps += static_cast<std::uint64_t>(steps);
    }
    return 0;
  }

  // While the connection still has its schema.
  static void explain(State& state, sqlite3* handle) {
    state.open.erase(handle);
    const auto ran = state.ran.extract(handle);
    if (ran.empty()) return;
    sqlite3_trace_v2(handle, 0, nullptr, nullptr);
    for (const std::string& text : ran.mapped()) {
      if (state.plans.contains(text)) continue;
      sqlite3_stmt* plan = nullptr;
      const std::string explain = "EXPLAIN QUERY PLAN " + text;
      if (sqlite3_prepare_v2(handle, explain.c_str(), -1, &plan, nullptr) != SQLITE_OK) continue;
      auto& lines = state.plans[text];
      while (sqlite3_step(plan) == SQLITE_ROW)
        lines.emplace(reinterpret_cast<const char*>(sqlite3_column_text(plan, 3)));
      sqlite3_finalize(plan);
    }
  }

  std::uint64_t steps_before_ = 0;
};

}  // namespace s3dr::test
