#include "base/log.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/error.h"

namespace s3dr {
namespace {

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "s3dr-log-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "log").string(); }
  std::vector<std::string> lines() const {
    std::ifstream file(path());
    std::vector<std::string> result;
    for (std::string line; std::getline(file, line);) result.push_back(line);
    return result;
  }

  std::filesystem::path folder_;
};

TEST_F(LogTest, WritesTimeLevelEventAndFields) {
  const auto log = make_file_log(path(), LogLevel::info);
  log->info("replica bucket created", {{"bucket", "a-dr"}, {"region", "us-east-2"}});
  ASSERT_EQ(lines().size(), 1u);
  const std::string line = lines()[0];
  EXPECT_TRUE(from_iso8601(line.substr(0, 24))) << line;
  EXPECT_EQ(line.substr(24), " info    replica bucket created bucket=a-dr region=us-east-2");
}

TEST_F(LogTest, LeavesOutWhatIsBelowTheLowestLevel) {
  const auto log = make_file_log(path(), LogLevel::warning);
  log->debug("1");
  log->info("2");
  log->warning("3");
  log->error("4");
  ASSERT_EQ(lines().size(), 2u);
  EXPECT_TRUE(lines()[0].ends_with(" 3"));
  EXPECT_TRUE(lines()[1].ends_with(" 4"));
}

TEST_F(LogTest, AValueCannotForgeALineOrAField) {
  const auto log = make_file_log(path(), LogLevel::debug);
  log->info("key seen", {{"key", "a\nb c=d \"q\" \\ \x01\x7f"}, {"empty", ""}, {"plain", "x/y=z%20"}});
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_TRUE(lines()[0].ends_with(R"(key="a\u000ab c=d \"q\" \\ \u0001\u007f" empty="" plain=x/y=z%20)"))
      << lines()[0];
}

TEST_F(LogTest, BracesAreNoFormat) {
  const auto log = make_file_log(path(), LogLevel::debug);
  log->info("{} {0:d} %s", {{"key", "{}"}});
  EXPECT_TRUE(lines()[0].ends_with("{} {0:d} %s key={}"));
}

TEST_F(LogTest, AppendsToAFileThatIsThere) {
  make_file_log(path(), LogLevel::info)->info("first");
  make_file_log(path(), LogLevel::info)->info("second");
  EXPECT_EQ(lines().size(), 2u);
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsNamed) {
  const std::string nowhere = (folder_ / "log").string();
  std::filesystem::create_directory(nowhere);  // a folder of that name
  try {
    make_file_log(nowhere, LogLevel::info);
    FAIL() << "opened a folder";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    EXPECT_EQ(error.resource(), nowhere);
  }
}

}  // namespace
}  // namespace s3dr
