// EventBridge's schedule expressions: "rate(5 minutes)" and "cron(0 18 ? * MON-FRI *)", in UTC. Pure: time is
// an argument. Not here: what fires the rules (events_routing.h).
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace s3dr::services {

// When a schedule fires. A rate counts from `previous`:
// the last time it fired, or the time the rule was made.
class EventSchedule {
 public:
  // nullopt: the text is neither a rate nor a cron expression. Source of the rules: EventBridge User Guide,
  // "Setting a schedule pattern" (six cron fields; one of day-of-month and day-of-week is "?").
  static std::optional<EventSchedule> parse(std::string_view text);

  // The first time after `after`; nullopt: never again. It is never before `after`, however late the caller
  // is: missed times are not made up for.
  std::optional<Instant> next(Instant previous, Instant after) const;

 private:
  std::optional<Instant> next_cron(Instant after) const;
  bool matches_day(std::chrono::sys_days day) const;
  bool parse_cron(std::string_view fields);
  bool parse_day_of_month(std::string_view field);
  bool parse_day_of_week(std::string_view field);

  std::optional<milliseconds> rate_;  // else cron:
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;  // of the month
  std::bitset<13> months_;
  std::bitset<8> weekdays_;                              // 1: Sunday
  std::bitset<230> years_;                               // since 1970
  bool any_day_of_month_ = false, any_weekday_ = false;  // "?"
  bool last_day_ = false;                                // "L"
  std::optional<int> nearest_weekday_;                   // "15W"
  bool last_weekday_only_ = false;                       // "5L": the last such day of the month
  std::optional<int> weekday_number_;                    // "3#2": the second Tuesday
};

}  // namespace s3dr::services
