#include "base/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace s3dr {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

struct CivilTime {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> time;
};

CivilTime civil(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<milliseconds>(instant - day)};
}

constexpr std::array<std::string_view, 7> weekday_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads exactly `digits` digits at `position` and moves on; -1 when they are not there.
int number_at(std::string_view text, std::size_t& position, int digits) {
  if (position + static_cast<std::size_t>(digits) > text.size()) return -1;
  int value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = text[position++];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool literal_at(std::string_view text, std::size_t& position, char expected) {
  return position < text.size() && text[position++] == expected;
}

std::optional<Instant> assemble(int year, int month, int day, int hour, int minute, int second, int milli) {
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || milli < 0)
    return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const Instant instant = Instant(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
                          std::chrono::minutes(minute) + std::chrono::seconds(second) + milliseconds(milli);
  // A leap second (60) may reach into the year 10000, which no format here can write.
  if (instant >= Instant(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1))) return std::nullopt;
  return instant;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += "0123456789abcdef"[byte >> 4];
    result += "0123456789abcdef"[byte & 15];
  }
  return result;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string result;
  result.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
  }
  return result;
}

std::string to_base64(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      result += k <= count ? base64_alphabet[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return result;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string result;
  result.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding = !last ? 0 : text[i + 2] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padded = k >= 4 - padding;
      if (padded && text[i + k] != '=') return std::nullopt;
      const int digit = padded ? 0 : base64_digit(text[i + k]);
      if (digit < 0) return std::nullopt;
      group = group << 6 | static_cast<std::uint32_t>(digit);
    }
    if ((padding == 2 && (group & 0xFFFF) != 0) || (padding == 1 && (group & 0xFF) != 0)) return std::nullopt;
    for (std::size_t k = 0; k < 3 - padding; ++k) result += static_cast<char>(group >> (16 - 8 * k) & 255);
  }
  return result;
}

std::string uri_encode(std::string_view bytes, Slash slash) {
  std::string result;
  result.reserve(bytes.size());
  for (const char c : bytes) {
    if (unreserved(c) || (c == '/' && slash == Slash::keep)) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += "0123456789ABCDEF"[byte >> 4];
      result += "0123456789ABCDEF"[byte & 15];
    }
  }
  return result;
}

std::optional<std::string> uri_decode(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      result += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return result;
}

std::string to_iso8601(Instant instant) {
  const auto [date, time] = civil(instant);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string to_iso8601_seconds(Instant instant) {
  std::string text = to_iso8601(instant);
  return text.substr(0, text.size() - 5) + "Z";
}

std::optional<Instant> from_iso8601(std::string_view text) {
  std::size_t at = 0;
  const int year = number_at(text, at, 4);
  if (!literal_at(text, at, '-')) return std::nullopt;
  const int month = number_at(text, at, 2);
  if (!literal_at(text, at, '-')) return std::nullopt;
  const int day = number_at(text, at, 2);
  if (!literal_at(text, at, 'T')) return std::nullopt;
  const int hour = number_at(text, at, 2);
  if (!literal_at(text, at, ':')) return std::nullopt;
  const int minute = number_at(text, at, 2);
  if (!literal_at(text, at, ':')) return std::nullopt;
  const int second = number_at(text, at, 2);
  int milli = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    int digits = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
      if (digits < 3) milli = milli * 10 + (text[at] - '0');
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 3; ++digits) milli *= 10;
  }
  if (!literal_at(text, at, 'Z') || at != text.size()) return std::nullopt;
  return assemble(year, month, day, hour, minute, second, milli);
}

std::string to_amz_date(Instant instant) {
  const auto [date, time] = civil(instant);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::optional<Instant> from_amz_date(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  std::size_t at = 0;
  const int year = number_at(text, at, 4);
  const int month = number_at(text, at, 2);
  const int day = number_at(text, at, 2);
  ++at;
  const int hour = number_at(text, at, 2);
  const int minute = number_at(text, at, 2);
  const int second = number_at(text, at, 2);
  return assemble(year, month, day, hour, minute, second, 0);
}

std::string to_http_date(Instant instant) {
  const auto [date, time] = civil(instant);
  const std::chrono::weekday weekday{std::chrono::sys_days(date)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", weekday_names[weekday.c_encoding()],
                     static_cast<unsigned>(date.day()), month_names[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::optional<Instant> from_http_date(std::string_view text) {
  // IMF-fixdate only (RFC 9110 §5.6.7); the two obsolete forms are not sent by any S3 client we know of.
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  if (std::ranges::find(weekday_names, text.substr(0, 3)) == weekday_names.end()) return std::nullopt;
  std::size_t at = 5;
  const int day = number_at(text, at, 2);
  int month = -1;
  for (std::size_t i = 0; i < month_names.size(); ++i) {
    if (text.substr(8, 3) == month_names[i]) month = static_cast<int>(i) + 1;
  }
  at = 12;
  const int year = number_at(text, at, 4);
  at = 17;
  const int hour = number_at(text, at, 2);
  at = 20;
  const int minute = number_at(text, at, 2);
  at = 23;
  const int second = number_at(text, at, 2);
  return assemble(year, month, day, hour, minute, second, 0);
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  }
  return difference == 0;
}

}  // namespace s3dr
