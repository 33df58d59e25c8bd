// Walks UTF-8 text one code point at a time, and cuts what others wrote for documents of ours. Used for names, tags,
// XML and words for people: object keys stay opaque bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace s3dr {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // bytes; 0: no valid code point begins here
};

// Reads the code point at `position` (< text.size()). Overlong forms, surrogates and values above U+10FFFF
// are not valid.
constexpr CodePoint code_point_at(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return position + i < text.size() ? static_cast<unsigned char>(text[position + i]) : 0U;
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return {};
  std::uint32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

// The longest beginning of at most `bytes_max` bytes that does not end within a character.
std::string_view whole_characters(std::string_view text, std::size_t bytes_max);

// The text with each byte that is not UTF-8 as U+FFFD.
std::string as_utf8(std::string_view text);

// What others wrote, for a document or a line of ours: valid UTF-8 of at most `bytes_max` (3 or more) bytes. It ends in
// "…" if it was cut. Our JSON parser refuses broken UTF-8, so half a character would make a whole document unreadable.
std::string cut_text(std::string_view text, std::size_t bytes_max);

}  // namespace s3dr
