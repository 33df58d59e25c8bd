#include "base/utf8.h"

namespace s3dr {
namespace {

constexpr std::string_view replacement = "\uFFFD";
constexpr std::string_view ellipsis = "…";

}  // namespace

std::string_view whole_characters(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end);
}

std::string as_utf8(std::string_view text) {
  std::string result;
  for (std::size_t position = 0; position < text.size();) {
    const CodePoint point = code_point_at(text, position);
    result += point.length == 0 ? replacement : text.substr(position, point.length);
    position += point.length == 0 ? 1 : point.length;
  }
  return result;
}

std::string cut_text(std::string_view text, std::size_t bytes_max) {
  // No more than this can be shown, however long the text is. One byte too many says that there is more.
  std::string result = as_utf8(text.substr(0, bytes_max + 1));
  if (result.size() <= bytes_max) return result;
  const std::size_t kept_max = bytes_max > ellipsis.size() ? bytes_max - ellipsis.size() : 0;
  return std::string(whole_characters(result, kept_max)) + std::string(ellipsis);
}

}  // namespace s3dr
