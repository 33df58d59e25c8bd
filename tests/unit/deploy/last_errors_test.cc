#include "deploy/last_errors.h"

#include <gtest/gtest.h>

namespace s3dr::deploy {
namespace {

std::string line(const std::string& second, const std::string& bucket) {
  return R"({"timestamp":"2026-08-01T13:30:)" + second +
         R"(Z","level":"WARN","message":"the tag nearly matches","request_id":"id-)" + second +
         R"(","bucket":")" + bucket + "\"}\n";
}

std::vector<LastError> summarize_errors(const std::vector<std::string>& lines, std::size_t errors_max) {
  ErrorSummary summary;
  for (const std::string& one : lines) summary.add(one);
  return summary.last(errors_max);
}

TEST(LastErrors, equal_lines_are_counted_without_time_and_request) {
  const auto seen = summarize_errors(
      {line("01", "photos"), line("02", "videos"), line("03", "photos"), line("04", "photos")}, 5);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].text, "WARN the tag nearly matches bucket=videos");
  EXPECT_EQ(seen[0].count, 1U);
  EXPECT_EQ(seen[1].text, "WARN the tag nearly matches bucket=photos");
  EXPECT_EQ(seen[1].count, 3U);
  EXPECT_EQ(seen[1].at, "2026-08-01T13:30:04Z");
}

TEST(LastErrors, other_lines_stay_as_they_are_without_their_end) {
  const auto seen = summarize_errors({"2026-08-01 id Task timed out after 3.00 seconds\n\n"}, 5);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].text, "2026-08-01 id Task timed out after 3.00 seconds");
  EXPECT_EQ(seen[0].at, "");
}

TEST(LastErrors, equal_lines_are_counted_however_many_others_there_are) {
  std::vector<std::string> lines;
  for (int i = 0; i < 50'000; ++i) {
    lines.push_back(line("01", "b" + std::to_string(i)));
    lines.push_back(line("01", "always"));
  }
  const auto seen = summarize_errors(lines, 5);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen.back().count, 50'000U);
}

TEST(LastErrors, the_newest_are_kept) {
  std::vector<std::string> lines;
  for (int i = 0; i < 30; ++i) lines.push_back(line("0" + std::to_string(i % 10), "b" + std::to_string(i)));
  const auto seen = summarize_errors(lines, 5);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_TRUE(seen.front().text.ends_with("=b25")) << seen.front().text;
  EXPECT_TRUE(seen.back().text.ends_with("=b29")) << seen.back().text;
}

}  // namespace
}  // namespace s3dr::deploy
