#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "cloud/store/database.h"
#include "cloud/store/storage.h"
#include "support/run_task.h"
#include "unit/cloud/folder.h"

namespace s3dr::cloud {
namespace {

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

constexpr std::size_t id_bytes = 32;

// Stores bodies with a row each and tells each id once it is committed, until it is killed.
Task<> acknowledge_for_ever(Database& database, BodyStore& bodies, int pipe) {
  while (true) {
    const std::string id = co_await store(bodies, "0123456789", 10);
    co_await database.write([&](Connection& db) { db.prepare("INSERT INTO t VALUES (?)").bind(id).run(); });
    if (::write(pipe, id.data(), id.size()) != static_cast<ssize_t>(id_bytes)) ::_exit(1);
  }
}

[[noreturn]] void be_killed(const std::string& folder, int pipe) {
  const auto random = make_system_random();
  const auto storage = make_file_storage(folder, *random);
  boost::asio::io_context io;
  Database database(io.get_executor(), *storage, "CREATE TABLE t (id TEXT PRIMARY KEY)");
  test::Outcome outcome;
  test::start(io, acknowledge_for_ever(database, storage->bodies(), pipe), outcome);
  io.run();
  ::_exit(1);
}

TEST(FileStorage, WhatWasAcknowledgedSurvivesAKill) {
  const Folder folder;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) be_killed(folder.path, ends[1]);
  ::close(ends[1]);
  std::vector<std::string> acknowledged;
  std::string id(id_bytes, ' ');
  while (::read(ends[0], id.data(), id_bytes) == static_cast<ssize_t>(id_bytes)) {
    acknowledged.push_back(id);
    if (acknowledged.size() == 30) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_GE(acknowledged.size(), 30U);

  const auto random = make_system_random();
  const auto storage = make_file_storage(folder.path, *random);
  boost::asio::io_context io;
  Database database(io.get_executor(), *storage, "");
  for (const std::string& one : acknowledged) {
    auto row = database.reader().prepare("SELECT 1 FROM t WHERE id = ?");
    row.bind(one);
    EXPECT_TRUE(row.step());
    EXPECT_EQ(read_back(io, storage->bodies(), one, 0, 100).size(), 100U);
  }
}

}  // namespace
}  // namespace s3dr::cloud
