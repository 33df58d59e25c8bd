// A wrong value as an error shows it: shortened, on one line.
#pragma once

#include <string>
#include <string_view>

namespace s3dr::lambda {

inline std::string shown(std::string_view value) {
  constexpr std::size_t bytes_max = 120;
  std::string text;
  for (const char c : value.substr(0, bytes_max)) text += c >= 0x20 && c != 0x7F ? c : '?';
  if (value.size() > bytes_max) text += "…";
  return "\"" + text + "\"";
}

}  // namespace s3dr::lambda
