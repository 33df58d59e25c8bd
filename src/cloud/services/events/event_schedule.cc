#include "cloud/services/events/event_schedule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace s3dr::services {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

constexpr std::array<std::string_view, 13> month_names = {"",    "JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 8> weekday_names = {"",    "SUN", "MON", "TUE",
                                                           "WED", "THU", "FRI", "SAT"};

template <class Names>
std::optional<int> number_or_name(std::string_view text, const Names& names) {
  const auto found = std::ranges::find(names, text);
  if (!text.empty() && found != names.end()) return static_cast<int>(found - names.begin());
  return number(text);
}

constexpr std::array<std::string_view, 0> no_names = {};

// "*", "3", "1-5", "*/15", "3/4", "MON-FRI,SUN". Values are kept less `base`.
template <std::size_t size, class Names = decltype(no_names)>
bool parse_field(std::string_view field, int lowest, int highest, int base, std::bitset<size>& into,
                 const Names& names = no_names) {
  for (std::string_view part : split(field, ',')) {
    int step = 1;
    bool stepped = false;
    if (const std::size_t slash = part.find('/'); slash != std::string_view::npos) {
      const auto given = number(part.substr(slash + 1));
      if (!given || *given < 1 || *given > highest) return false;
      step = *given;
      stepped = true;
      part = part.substr(0, slash);
    }
    int first = lowest;
    int last = highest;
    if (part != "*") {
      const std::size_t dash = part.find('-');
      const auto from = number_or_name(part.substr(0, dash), names);
      if (!from) return false;
      first = *from;
      last = stepped ? highest : first;
      if (dash != std::string_view::npos) {
        const auto to = number_or_name(part.substr(dash + 1), names);
        if (!to) return false;
        last = *to;
      }
    }
    if (first < lowest || last > highest || first > last) return false;
    for (int value = first; value <= last; value += step) into.set(static_cast<std::size_t>(value - base));
  }
  return true;
}

std::optional<milliseconds> parse_rate(std::string_view text) {
  const auto words = split(text, ' ');
  if (words.size() != 2) return std::nullopt;
  const auto value = number(words[0]);
  if (!value || *value < 1 || words[0].front() == '-') return std::nullopt;
  std::string_view unit = words[1];
  const bool plural = unit.ends_with('s');
  if (plural) unit.remove_suffix(1);
  if (plural == (*value == 1)) return std::nullopt;
  if (unit == "minute") return *value * milliseconds(1min);
  if (unit == "hour") return *value * milliseconds(1h);
  if (unit == "day") return *value * milliseconds(24h);
  return std::nullopt;
}

int weekday_of(sys_days day) {  // 1: Sunday
  return static_cast<int>(std::chrono::weekday(day).c_encoding()) + 1;
}

}  // namespace

std::optional<EventSchedule> EventSchedule::parse(std::string_view text) {
  EventSchedule schedule;
  const auto inside = [&](std::string_view name) -> std::optional<std::string_view> {
    if (!text.starts_with(name) || !text.ends_with(')')) return std::nullopt;
    return text.substr(name.size(), text.size() - name.size() - 1);
  };
  if (const auto rate = inside("rate(")) {
    schedule.rate_ = parse_rate(*rate);
    if (schedule.rate_) return schedule;
  } else if (const auto cron = inside("cron(")) {
    if (schedule.parse_cron(*cron)) return schedule;
  }
  return std::nullopt;
}

bool EventSchedule::parse_cron(std::string_view text) {
  std::vector<std::string_view> fields = split(text, ' ');
  std::erase(fields, std::string_view());
  return fields.size() == 6 && parse_field(fields[0], 0, 59, 0, minutes_) &&
         parse_field(fields[1], 0, 23, 0, hours_) && parse_day_of_month(fields[2]) &&
         parse_field(fields[3], 1, 12, 0, months_, month_names) && parse_day_of_week(fields[4]) &&
         parse_field(fields[5], 1970, 2199, 1970, years_) && any_day_of_month_ != any_weekday_;
}

bool EventSchedule::parse_day_of_month(std::string_view field) {
  any_day_of_month_ = field == "?";
  last_day_ = field == "L";
  if (any_day_of_month_ || last_day_) return true;
  if (field.ends_with('W')) {
    nearest_weekday_ = number(field.substr(0, field.size() - 1));
    return nearest_weekday_ && *nearest_weekday_ >= 1 && *nearest_weekday_ <= 31;
  }
  return parse_field(field, 1, 31, 0, days_);
}

bool EventSchedule::parse_day_of_week(std::string_view field) {
  any_weekday_ = field == "?";
  if (any_weekday_) return true;
  if (field == "L") field = "7";
  if (field.size() > 1 && field.ends_with('L')) {
    last_weekday_only_ = true;
    field.remove_suffix(1);
  } else if (const std::size_t hash = field.find('#'); hash != std::string_view::npos) {
    weekday_number_ = number(field.substr(hash + 1));
    if (!weekday_number_ || *weekday_number_ < 1 || *weekday_number_ > 5) return false;
    field = field.substr(0, hash);
  }
  return parse_field(field, 1, 7, 0, weekdays_, weekday_names);
}

bool EventSchedule::matches_day(sys_days day) const {
  const std::chrono::year_month_day date(day);
  const int year = static_cast<int>(date.year());
  const unsigned of_month = static_cast<unsigned>(date.day());
  if (year < 1970 || year > 2199 || !years_[static_cast<std::size_t>(year - 1970)]) return false;
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const sys_days last(date.year() / date.month() / std::chrono::last);
  if (any_weekday_) {
    if (last_day_) return day == last;
    if (nearest_weekday_) {
      const sys_days first(date.year() / date.month() / 1);
      sys_days wanted = first + std::chrono::days(*nearest_weekday_ - 1);
      if (wanted > last) return false;
      // Within the month, as cron has it.
      if (weekday_of(wanted) == 7) wanted += std::chrono::days(wanted == first ? 2 : -1);
      if (weekday_of(wanted) == 1) wanted += std::chrono::days(wanted == last ? -2 : 1);
      return day == wanted;
    }
    return days_[of_month];
  }
  if (!weekdays_[static_cast<std::size_t>(weekday_of(day))]) return false;
  if (last_weekday_only_) return last - day < std::chrono::days(7);
  if (weekday_number_) return (static_cast<int>(of_month) - 1) / 7 + 1 == *weekday_number_;
  return true;
}

std::optional<Instant> EventSchedule::next_cron(Instant after) const {
  // Whole minutes, the first one behind `after`.
  const auto start = std::chrono::floor<std::chrono::minutes>(after) + 1min;
  const sys_days end(std::chrono::year(2200) / 1 / 1);
  for (sys_days day = std::chrono::floor<std::chrono::days>(start); day < end; day += std::chrono::days(1)) {
    if (!matches_day(day)) continue;
    for (int hour = 0; hour < 24; ++hour) {
      if (!hours_[static_cast<std::size_t>(hour)]) continue;
      for (int minute = 0; minute < 60; ++minute) {
        const auto time = day + std::chrono::hours(hour) + std::chrono::minutes(minute);
        if (minutes_[static_cast<std::size_t>(minute)] && time >= start) return time;
      }
    }
  }
  return std::nullopt;
}

std::optional<Instant> EventSchedule::next(Instant previous, Instant after) const {
  if (!rate_) return next_cron(after);
  if (previous > after) return previous + *rate_;
  const auto whole = (after - previous) / *rate_;
  return previous + (whole + 1) * *rate_;
}

}  // namespace s3dr::services
