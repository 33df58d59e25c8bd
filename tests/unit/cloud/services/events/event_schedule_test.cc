#include "cloud/services/events/event_schedule.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace s3dr::services {
namespace {

// The times that follow "2026-08-01T00:00:00Z", a Saturday.
std::string next_times(const std::string& expression, int count = 2) {
  const auto schedule = EventSchedule::parse(expression);
  if (!schedule) return "not valid";
  const Instant start = *from_iso8601("2026-08-01T00:00:00Z");
  std::string text;
  std::optional<Instant> time = start;
  for (int i = 0; i < count; ++i) {
    time = schedule->next(*time, *time);
    if (!time) return text + "never";
    text += to_iso8601_seconds(*time).substr(0, 16) + " ";
  }
  return text;
}

TEST(EventSchedule, Rates) {
  EXPECT_EQ(next_times("rate(1 minute)"), "2026-08-01T00:01 2026-08-01T00:02 ");
  EXPECT_EQ(next_times("rate(90 minutes)"), "2026-08-01T01:30 2026-08-01T03:00 ");
  EXPECT_EQ(next_times("rate(1 day)"), "2026-08-02T00:00 2026-08-03T00:00 ");
  const auto schedule = EventSchedule::parse("rate(1 hour)");
  const Instant start = *from_iso8601("2026-08-01T00:00:00Z");
  // Missed ticks are not made up for, and the beat is kept.
  EXPECT_EQ(schedule->next(start, start + std::chrono::minutes(150)), start + std::chrono::hours(3));
}

TEST(EventSchedule, Cron) {
  EXPECT_EQ(next_times("cron(0 10 * * ? *)"), "2026-08-01T10:00 2026-08-02T10:00 ");
  EXPECT_EQ(next_times("cron(15 12 * * ? *)"), "2026-08-01T12:15 2026-08-02T12:15 ");
  EXPECT_EQ(next_times("cron(0 18 ? * MON-FRI *)"), "2026-08-03T18:00 2026-08-04T18:00 ");
  EXPECT_EQ(next_times("cron(0 8 1 * ? *)"), "2026-08-01T08:00 2026-09-01T08:00 ");
  EXPECT_EQ(next_times("cron(0/15 * * * ? *)", 3), "2026-08-01T00:15 2026-08-01T00:30 2026-08-01T00:45 ");
  EXPECT_EQ(next_times("cron(0/10 * ? * 2,6 *)"), "2026-08-03T00:00 2026-08-03T00:10 ");
  EXPECT_EQ(next_times("cron(0 0 L * ? *)"), "2026-08-31T00:00 2026-09-30T00:00 ");
  EXPECT_EQ(next_times("cron(0 0 ? * 5L *)"), "2026-08-27T00:00 2026-09-24T00:00 ");
  EXPECT_EQ(next_times("cron(0 0 ? * 3#2 *)"), "2026-08-11T00:00 2026-09-08T00:00 ");
  EXPECT_EQ(next_times("cron(0 6 1W * ? *)"), "2026-08-03T06:00 2026-09-01T06:00 ");
  EXPECT_EQ(next_times("cron(0 6 29 FEB ? *)"), "2028-02-29T06:00 2032-02-29T06:00 ");
  EXPECT_EQ(next_times("cron(0 0 1 JAN ? 2027)"), "2027-01-01T00:00 never");
  EXPECT_EQ(next_times("cron(0 0 30 2 ? *)", 1), "never");
}

TEST(EventSchedule, WhatIsNoExpression) {
  for (const std::string bad : {"",
                                "rate()",
                                "rate(0 minutes)",
                                "rate(1 minutes)",
                                "rate(2 minute)",
                                "rate(-5 minutes)",
                                "rate(5 weeks)",
                                "rate(5 minutes",
                                "Rate(5 minutes)",
                                "rate(5  minutes)",
                                "cron(* * * * * *)",
                                "cron(* * ? * ? *)",
                                "cron(0 10 * * ?)",
                                "cron(60 10 * * ? *)",
                                "cron(0 24 * * ? *)",
                                "cron(0 10 32 * ? *)",
                                "cron(0 10 * 13 ? *)",
                                "cron(0 10 ? * 8 *)",
                                "cron(0 10 ? * MON#6 *)",
                                "cron(0 10 * * ? 1969)",
                                "cron(5-1 10 * * ? *)",
                                "cron(*/0 10 * * ? *)",
                                "cron(a 10 * * ? *)"})
    EXPECT_FALSE(EventSchedule::parse(bad).has_value()) << bad;
}

}  // namespace
}  // namespace s3dr::services
