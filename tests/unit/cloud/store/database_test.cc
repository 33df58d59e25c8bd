#include "cloud/store/database.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "base/task_group.h"
#include "support/manual_clock.h"
#include "support/run_task.h"
#include "unit/cloud/folder.h"

namespace s3dr::cloud {
namespace {

constexpr std::string_view schema = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)";

void insert(Connection& db, int number) {
  db.prepare("INSERT INTO t VALUES (?)").bind(number).run();
}

std::int64_t count(Connection& db) {
  auto row = db.prepare("SELECT count(*) FROM t");
  return row.step() ? row.integer(0) : -1;
}

Task<> write_number(Database& database, int number, bool fails) {
  const int result = co_await database.write([number, fails](Connection& db) {
    insert(db, number);
    if (fails) throw Error(ErrorKind::precondition_failed, "planted");
    return number;
  });
  EXPECT_EQ(result, number);
}

Task<> write_without_savepoint(Database& database) {
  co_await database.write([](Connection& db) {
    insert(db, 1);
    db.execute("RELEASE change");
    throw Error(ErrorKind::precondition_failed, "planted");
  });
}

class DatabaseTest : public testing::TestWithParam<bool> {
 protected:
  DatabaseTest() {
    if (GetParam())
      storage = make_file_storage(folder.path, *random);
    else
      storage = make_memory_storage("database", *random);
  }
  Folder folder;
  std::unique_ptr<Random> random = make_seeded_random(1);
  std::unique_ptr<Storage> storage;
  boost::asio::io_context io;
};

TEST_P(DatabaseTest, EveryChangeOfAGroupIsOnItsOwn) {
  Database database(io.get_executor(), *storage, schema);
  constexpr int changes = 400;
  int failed = 0, done = 0;
  for (int i = 0; i < changes; ++i) {
    const bool fails = i % 7 == 3;
    boost::asio::co_spawn(io, write_number(database, i, fails), [&, fails](std::exception_ptr failure) {
      EXPECT_EQ(failure != nullptr, fails);
      ++(failure ? failed : done);
    });
  }
  io.run();
  EXPECT_EQ(failed, (changes - 4) / 7 + 1);
  EXPECT_EQ(done, changes - failed);
  EXPECT_EQ(count(database.reader()), done);
  auto row = database.reader().prepare("SELECT count(*) FROM t WHERE n % 7 = 3");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), 0);
}

TEST_P(DatabaseTest, ADoubledRowFailsAloneAndCarriesItsKind) {
  Database database(io.get_executor(), *storage, schema);
  test::run(io, write_number(database, 1, false));
  try {
    test::run(io, write_number(database, 1, false));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::precondition_failed);
  }
  test::run(io, write_number(database, 2, false));
  EXPECT_EQ(count(database.reader()), 2);
}

TEST_P(DatabaseTest, CommittedRowsSurviveTheDatabaseObject) {
  {
    Database database(io.get_executor(), *storage, schema);
    test::run(io, write_number(database, 1, false));
  }
  Database database(io.get_executor(), *storage, schema);
  EXPECT_EQ(count(database.reader()), 1);
}

TEST_P(DatabaseTest, StatementsInUseTwiceDoNotDisturbEachOther) {
  Database database(io.get_executor(), *storage, schema);
  for (int i = 0; i < 3; ++i) test::run(io, write_number(database, i, false));
  auto outer = database.reader().prepare("SELECT n FROM t ORDER BY n");
  int pairs = 0;
  while (outer.step()) {
    auto inner = database.reader().prepare("SELECT n FROM t ORDER BY n");
    while (inner.step()) ++pairs;
  }
  EXPECT_EQ(pairs, 9);
}

TEST_P(DatabaseTest, AChangeThatLosesItsSavepointIsUndone) {
  Database database(io.get_executor(), *storage, schema);
  EXPECT_THROW(test::run(io, write_without_savepoint(database)), Error);
  EXPECT_EQ(count(database.reader()), 0);
  test::run(io, write_number(database, 2, false));
  EXPECT_EQ(count(database.reader()), 1);
}

// A change on the writer's thread that is held there until the test lets it go.
struct SlowChange {
  std::promise<void> begun;
  std::promise<void> may_end;
  std::future<void> end = may_end.get_future();
  // Of the coroutine that waits:
  bool frame_is_gone = false;
  std::optional<std::string> result;

  void wait_until_begun() { begun.get_future().wait(); }
};

Task<> write_slowly(Database& database, SlowChange& slow) {
  struct Frame {
    ~Frame() { gone = true; }
    bool& gone;
    std::string text = "a text that is too long to be stored within the string object itself";
  } frame{slow.frame_is_gone};
  slow.result = co_await database.write([&frame, &slow](Connection& db) {
    slow.begun.set_value();
    slow.end.wait();
    insert(db, 1);
    frame.text += ", changed";
    return frame.text;
  });
  co_await database.write([](Connection& db) { insert(db, 2); });
}

class SlowChangeTest : public testing::Test {
 protected:
  Folder folder;
  std::unique_ptr<Random> random = make_seeded_random(1);
  std::unique_ptr<Storage> storage = make_file_storage(folder.path, *random);
  std::optional<boost::asio::io_context> io{std::in_place};
  SlowChange slow;
};

TEST_F(SlowChangeTest, ACancelledWriterWaitsForItsChangeAndBeginsNoOther) {
  Database database(io->get_executor(), *storage, schema);
  test::Outcome outcome;
  test::start(*io, write_slowly(database, slow), outcome);
  io->poll();
  slow.wait_until_begun();
  outcome.cancel();
  io->run_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(slow.frame_is_gone);
  EXPECT_FALSE(outcome.ended);
  slow.may_end.set_value();
  io->run();
  EXPECT_TRUE(slow.frame_is_gone);
  ASSERT_TRUE(outcome.ended);
  EXPECT_TRUE(is_cancellation(outcome.failure));
  ASSERT_TRUE(slow.result);  // what was committed is told
  EXPECT_TRUE(slow.result->ends_with(", changed"));
  EXPECT_EQ(count(database.reader()), 1);
}

TEST_F(SlowChangeTest, ADeadlineIsNotOverBeforeTheChangeIs) {
  Database database(io->get_executor(), *storage, schema);
  test::ManualClock clock;
  test::Outcome outcome;
  test::start(*io, with_deadline(clock, milliseconds(10), write_slowly(database, slow)), outcome);
  io->poll();
  slow.wait_until_begun();
  clock.advance(milliseconds(10));
  io->run_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(slow.frame_is_gone);
  EXPECT_FALSE(outcome.ended);
  slow.may_end.set_value();
  io->run();
  ASSERT_TRUE(outcome.ended);
  try {
    outcome.rethrow();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::outcome_unknown);
  }
  EXPECT_EQ(count(database.reader()), 1);
}

// A process that leaves its event loop by an exception: the change is finished, its writer is not leaked.
TEST_F(SlowChangeTest, AStoppedLoopTakesTheWriterAlongAfterItsChange) {
  std::optional<Database> database(std::in_place, io->get_executor(), *storage, schema);
  test::Outcome outcome;
  test::start(*io, write_slowly(*database, slow), outcome);
  io->poll();
  slow.wait_until_begun();
  io->stop();
  slow.may_end.set_value();
  database.reset();
  EXPECT_FALSE(slow.frame_is_gone);
  io.reset();
  EXPECT_TRUE(slow.frame_is_gone);
  EXPECT_FALSE(outcome.ended);
}

INSTANTIATE_TEST_SUITE_P(Storages, DatabaseTest, testing::Bool(),
                         [](const auto& made) { return made.param ? "File" : "Memory"; });

}  // namespace
}  // namespace s3dr::cloud
