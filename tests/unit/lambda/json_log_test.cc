#include "lambda/json_log.h"

#include "lambda_fixture.h"

namespace s3dr::lambda {
namespace {

TEST(JsonLog, writes_one_object_a_line_with_the_request_id) {
  test::ManualClock clock;
  LoggedLines logged;
  JsonLog log(clock, LogLevel::info, logged.sink(), {{"function", "enable_replication"}});
  log.info("before");
  log.set_request_id("id-1");
  log.warning("two\nlines", {{"bucket", "ledger"}, {"why", "a \"quote\""}});
  log.debug("not shown");
  EXPECT_EQ(std::count(logged.text.begin(), logged.text.end(), '\n'), 2);
  EXPECT_FALSE(logged.lines[0].contains("request_id"));
  const auto& line = logged.lines.at(1);
  EXPECT_EQ(line.at("timestamp").as_string(), "2026-08-01T00:00:00.000Z");
  EXPECT_EQ(line.at("level").as_string(), "WARN");
  EXPECT_EQ(line.at("message").as_string(), "two\nlines");
  EXPECT_EQ(line.at("request_id").as_string(), "id-1");
  EXPECT_EQ(line.at("function").as_string(), "enable_replication");
  EXPECT_EQ(line.at("bucket").as_string(), "ledger");
}

TEST(JsonLog, bytes_that_are_no_text_and_endless_values_stay_readable_lines) {
  test::ManualClock clock;
  LoggedLines logged;
  JsonLog log(clock, LogLevel::info, logged.sink());
  log.info("x", {{"odd", "a\xff\xc3z"}, {"long", std::string(1'000'000, 'y')}});
  EXPECT_EQ(logged.lines.at(0).at("odd").as_string(), "a\uFFFD\uFFFDz");
  EXPECT_LT(logged.text.size(), 6'000U);
}

TEST(JsonLog, knows_the_names_of_levels) {
  EXPECT_EQ(parse_log_level("WARN"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("error"), LogLevel::error);
  EXPECT_FALSE(parse_log_level("trace"));
}

}  // namespace
}  // namespace s3dr::lambda
