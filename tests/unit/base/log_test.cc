#include "base/log.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/encoding.h"

namespace s3dr {
namespace {

// What `write` logs on standard error, by lines.
template <class Write>
std::vector<std::string> lines_of(LogLevel lowest, Write write) {
  testing::internal::CaptureStderr();
  write(*make_stderr_log(lowest));
  std::istringstream text(testing::internal::GetCapturedStderr());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST(Log, WritesTimeLevelEventAndFields) {
  const auto lines = lines_of(LogLevel::info, [](Log& log) {
    log.info("replica bucket created", {{"bucket", "a-dr"}, {"region", "us-east-2"}});
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(from_iso8601(lines[0].substr(0, 24))) << lines[0];
  EXPECT_EQ(lines[0].substr(24), " info    replica bucket created bucket=a-dr region=us-east-2");
}

TEST(Log, LeavesOutWhatIsBelowTheLowestLevel) {
  const auto lines = lines_of(LogLevel::warning, [](Log& log) {
    log.debug("1");
    log.info("2");
    log.warning("3");
    log.error("4");
  });
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].ends_with(" 3"));
  EXPECT_TRUE(lines[1].ends_with(" 4"));
}

TEST(Log, AValueCannotForgeALineOrAField) {
  const auto lines = lines_of(LogLevel::debug, [](Log& log) {
    log.info("key seen", {{"key", "a\nb c=d \"q\" \\ \x01\x7f"}, {"empty", ""}, {"plain", "x/y=z%20"}});
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].ends_with(R"(key="a\u000ab c=d \"q\" \\ \u0001\u007f" empty="" plain=x/y=z%20)"))
      << lines[0];
}

TEST(Log, BracesAreNoFormat) {
  const auto lines = lines_of(LogLevel::debug, [](Log& log) { log.info("{} {0:d} %s", {{"key", "{}"}}); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].ends_with("{} {0:d} %s key={}"));
}

}  // namespace
}  // namespace s3dr
