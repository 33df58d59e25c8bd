#include "cloud/database.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/run_task.h"

namespace s3dr::cloud {
namespace {

// A new folder, removed at the end.
struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "s3dr-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

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

Task<std::string> store(BodyStore& bodies, std::string text, std::size_t pieces) {
  auto writer = bodies.create();
  for (std::size_t i = 0; i < pieces; ++i)
    co_await writer->write(std::span<const char>(text.data(), text.size()));
  co_return co_await writer->finish();
}

Task<> store_half(BodyStore& bodies, std::string text) {
  auto writer = bodies.create();
  co_await writer->write(std::span<const char>(text.data(), text.size()));
}

std::string read_back(boost::asio::io_context& io, BodyStore& bodies, const std::string& id,
                      std::uint64_t offset, std::uint64_t length) {
  Body body(bodies.open(id, offset, length), length);
  return test::run(io, body.read_all(64 << 20));
}

TEST(FileStorage, BodiesSurviveAReopeningAndUnfinishedOnesDoNot) {
  const Folder folder;
  const auto random = make_system_random();
  boost::asio::io_context io;
  const std::string piece(100'000, 'x');
  std::string small, large;
  {
    const auto storage = make_file_storage(folder.path, *random);
    small = test::run(io, store(storage->bodies(), "hello", 1));
    large = test::run(io, store(storage->bodies(), piece, 50));
    EXPECT_THROW(make_file_storage(folder.path, *random)->bodies(), Error);  // one owner at a time
    test::run(io, store_half(storage->bodies(), std::string(600'000, 'y')));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path + "/bodies/tmp"));
  }
  {
    std::FILE* left = std::fopen((folder.path + "/bodies/tmp/leftover").c_str(), "w");
    std::fclose(left);
  }
  const auto storage = make_file_storage(folder.path, *random);
  EXPECT_EQ(storage->bodies().list().size(), 2U);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path + "/bodies/tmp"));
  EXPECT_EQ(read_back(io, storage->bodies(), small, 0, 5), "hello");
  EXPECT_EQ(read_back(io, storage->bodies(), small, 1, 3), "ell");
  EXPECT_EQ(read_back(io, storage->bodies(), large, 0, 5'000'000).size(), 5'000'000U);
  EXPECT_THROW(storage->bodies().open(small, 0, 6), Error);
  storage->bodies().remove(small);
  EXPECT_THROW(storage->bodies().open(small, 0, 5), Error);
}

TEST(MemoryStorage, ACrashForgetsWhatWasNotFinished) {
  const auto random = make_seeded_random(1);
  boost::asio::io_context io;
  const auto storage = make_memory_storage("crash", *random);
  const std::string id = test::run(io, store(storage->bodies(), "hello", 1));
  auto writer = storage->bodies().create();
  storage->crash();
  test::run(io, writer->finish());
  EXPECT_EQ(storage->bodies().list(), std::vector<std::string>{id});
  EXPECT_TRUE(storage->flip_bit(id, 0));
  EXPECT_EQ(read_back(io, storage->bodies(), id, 0, 5), "iello");
  EXPECT_FALSE(storage->flip_bit(id, 5));
}

}  // namespace
}  // namespace s3dr::cloud
