#include "base/date_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/http_message.h"

namespace s3dr {
namespace {

constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> day_names = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

std::vector<std::string> words_of(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (separators.find(c) == std::string_view::npos) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

bool is_day_name(std::string_view word) {
  const std::string name = lower_case(word);
  return std::ranges::any_of(day_names, [&](std::string_view day) {
    return name == day || (name.size() == 3 && day.starts_with(name));
  });
}

// -1: it is not a number of `digits_min` to `digits_max` digits.
int number(std::string_view text, std::size_t digits_min, std::size_t digits_max) {
  int value = -1;
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || text.size() < digits_min || text.size() > digits_max) return -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int month(std::string_view word) {
  const auto found = std::ranges::find(month_names, lower_case(word));
  return found == month_names.end() ? -1 : static_cast<int>(found - month_names.begin()) + 1;
}

// RFC 6265 and RFC 9110: two digits from 70 on are of the last century.
int year(std::string_view word) {
  if (word.size() == 4) return number(word, 4, 4);
  const int two = number(word, 2, 2);
  return two < 0 ? -1 : two < 70 ? 2000 + two : 1900 + two;
}

// Minutes east of Greenwich.
std::optional<int> zone(std::string_view word) {
  const std::string name = lower_case(word);
  if (name == "gmt" || name == "ut" || name == "utc" || name == "z") return 0;
  if (word.size() != 5 || (word[0] != '+' && word[0] != '-')) return std::nullopt;
  const int hours = number(word.substr(1, 2), 2, 2), minutes = number(word.substr(3, 2), 2, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int all = hours * 60 + minutes;
  return word[0] == '+' ? all : -all;
}

std::optional<Instant> assemble(int y, int m, int d, std::string_view time, int zone_minutes) {
  const auto parts = words_of(time, ":");
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  const int hour = number(parts[0], 1, 2), minute = number(parts[1], 2, 2);
  const int second = parts.size() == 3 ? number(parts[2], 2, 2) : 0;
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                                         std::chrono::day(static_cast<unsigned>(d))};
  if (y < 0 || m < 0 || d < 0 || !date.ok()) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  return Instant(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                 std::chrono::minutes(minute - zone_minutes) + std::chrono::seconds(second));
}

}  // namespace

std::optional<Instant> from_date_header(std::string_view text) {
  if (const auto basic = from_amz_date(text)) return basic;
  std::vector<std::string> words = words_of(text, " ,\t");
  if (!words.empty() && is_day_name(words[0])) words.erase(words.begin());
  // asctime: "Mar 27 19:36:42 2007"
  if (words.size() == 4 && month(words[0]) > 0)
    return assemble(year(words[3]), month(words[0]), number(words[1], 1, 2), words[2], 0);
  // RFC 850: "27-Mar-07 19:36:42 GMT"
  if (words.size() == 3) {
    std::vector<std::string> date = words_of(words[0], "-");
    words.erase(words.begin());
    words.insert(words.begin(), date.begin(), date.end());
  }
  if (words.size() != 5) return std::nullopt;
  const auto east = zone(words[4]);
  if (!east) return std::nullopt;
  return assemble(year(words[2]), month(words[1]), number(words[0], 1, 2), words[3], *east);
}

}  // namespace s3dr
