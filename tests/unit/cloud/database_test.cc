#include "cloud/database.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "folder.h"
#include "support/run_task.h"

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

INSTANTIATE_TEST_SUITE_P(Storages, DatabaseTest, testing::Bool(),
                         [](const auto& made) { return made.param ? "File" : "Memory"; });

}  // namespace
}  // namespace s3dr::cloud
