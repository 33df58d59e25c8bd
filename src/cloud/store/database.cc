#include "cloud/store/database.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cloud/store/apply_schema.h"

namespace s3dr::cloud {
namespace asio = boost::asio;
namespace {

// Limits how long the first change of a group waits for the last one.
constexpr std::size_t group_max = 256;

struct Change {
  std::function<void(Connection&)> run;
  std::function<void()> finished;  // threaded mode: posts to the waiting coroutine; called once
  std::exception_ptr failure;
};

void undo(Connection& connection) {
  try {
    if (connection.in_transaction()) connection.execute("ROLLBACK");
  } catch (...) {
    // The next BEGIN fails as well then, and its changes get that error.
    return;
  }
}

// False: SQLite has lost the savepoint, and with it what belongs to this change alone.
bool undo_to_savepoint(Connection& connection) {
  if (!connection.in_transaction()) return false;
  try {
    connection.execute("ROLLBACK TO change");
    connection.execute("RELEASE change");
  } catch (...) {
    return false;
  }
  return true;
}

// Runs the changes of [begin, end) in one transaction, each in a savepoint. Returns how many were settled.
// These are fewer than given if a failure, such as a full disk, undid the whole transaction. The others then
// get a new one.
std::size_t run_group(Connection& connection, const std::vector<Change*>& changes, std::size_t begin) {
  std::size_t settled = begin;
  const auto fail_all = [&](std::exception_ptr failure) {
    for (std::size_t i = begin; i < settled; ++i)
      if (!changes[i]->failure) changes[i]->failure = failure;
    undo(connection);
  };
  try {
    connection.execute("BEGIN IMMEDIATE");
  } catch (...) {
    settled = changes.size();
    fail_all(std::current_exception());
    return settled;
  }
  while (settled < changes.size()) {
    Change& change = *changes[settled++];
    try {
      connection.execute("SAVEPOINT change");
      change.run(connection);
      connection.execute("RELEASE change");
    } catch (...) {
      change.failure = std::current_exception();
      if (!undo_to_savepoint(connection)) {
        fail_all(change.failure);
        return settled;
      }
    }
  }
  try {
    connection.execute("COMMIT");
  } catch (...) {
    fail_all(std::current_exception());
  }
  return settled;
}

void run_all(Connection& connection, const std::vector<Change*>& changes) {
  for (std::size_t done = 0; done < changes.size();) done = run_group(connection, changes, done);
}

}  // namespace

struct Database::State {
  State(asio::any_io_executor executor, Storage& storage, std::string_view schema)
      : executor(std::move(executor)), writer(storage.open_database()) {
    apply_schema(writer, schema);
    if (!storage.threaded()) return;
    reader.emplace(storage.open_database());
    thread = std::thread([this] { work(); });
  }

  ~State() {
    if (!thread.joinable()) return;
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    arrived.notify_one();
    thread.join();
  }

  void enqueue(std::shared_ptr<Change> change) {
    {
      const std::lock_guard lock(mutex);
      queue.push_back(std::move(change));
    }
    arrived.notify_one();
  }

  void work() {
    while (true) {
      std::vector<std::shared_ptr<Change>> group;
      {
        std::unique_lock lock(mutex);
        arrived.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        while (!queue.empty() && group.size() < group_max) {
          group.push_back(std::move(queue.front()));
          queue.pop_front();
        }
      }
      std::vector<Change*> changes;
      for (const auto& change : group) changes.push_back(change.get());
      run_all(writer, changes);
      // Taken out of the change: it owns the waiting coroutine, which owns the change.
      for (const auto& change : group) std::exchange(change->finished, nullptr)();
    }
  }

  asio::any_io_executor executor;
  Connection writer;
  std::optional<Connection> reader;  // none: the writer serves both, in one thread
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<std::shared_ptr<Change>> queue;
  bool stopping = false;
  std::thread thread;
};

Database::Database(asio::any_io_executor executor, Storage& storage, std::string_view schema)
    : state_(std::make_shared<State>(std::move(executor), storage, schema)) {}

Database::~Database() = default;

Connection& Database::reader() {
  return state_->reader ? *state_->reader : state_->writer;
}

Task<> Database::write_erased(std::function<void(Connection&)> run) {
  // Cancellation must not end the waits below:
  // the change uses the caller's frame, and a committed change has happened.
  const auto executor = co_await asio::this_coro::executor;
  const bool threw_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  auto change = std::make_shared<Change>();
  change->run = std::move(run);
  if (!state_->thread.joinable()) {
    run_all(state_->writer, {change.get()});
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::post(executor, asio::use_awaitable);
  } else {
    co_await asio::this_coro::throw_if_cancelled(false);
    State* const state = state_.get();
    const auto initiate = [](auto handler, State* to, std::shared_ptr<Change> what,
                             asio::any_io_executor back) {
      auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
      what->finished = [waiting, work = asio::make_work_guard(back)] {
        asio::post(work.get_executor(), [waiting] { std::move (*waiting)(); });
      };
      to->enqueue(std::move(what));
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable, state,
                                                                         change, executor);
  }
  co_await asio::this_coro::throw_if_cancelled(threw_if_cancelled);
  if (change->failure) std::rethrow_exception(change->failure);
}

}  // namespace s3dr::cloud
