// Small checks of texts that many services make: which characters a name has, and whole numbers written as text.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace s3dr::services {

// An ASCII letter or digit.
inline bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Every character is an ASCII letter, a digit or one of `further`. True of an empty text.
inline bool has_only(std::string_view text, std::string_view further) {
  return std::ranges::all_of(
      text, [further](char c) { return is_letter_or_digit(c) || further.find(c) != std::string_view::npos; });
}

// nullopt unless the whole text is a decimal number.
inline std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace s3dr::services
