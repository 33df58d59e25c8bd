#include "base/url_text.h"

#include <algorithm>

namespace s3dr {
namespace {

constexpr std::string_view mark = "://";
constexpr std::string_view hidden = "…";

std::string hide_before(std::string_view text, std::size_t begin, std::size_t at) {
  return std::string(text.substr(0, begin)) + std::string(hidden) + std::string(text.substr(at));
}

}  // namespace

std::string without_user_info(std::string_view url) {
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  // "user:pa://ss@host": no scheme has a colon.
  const std::size_t scheme = url.find(mark);
  const bool has_scheme = scheme < at && url.substr(0, scheme).find(':') == std::string_view::npos;
  return hide_before(url, has_scheme ? scheme + mark.size() : 0, at);
}

std::string hide_user_info(std::string_view text) {
  std::string result(text);
  for (std::size_t found = result.find(mark); found != std::string::npos;) {
    const std::size_t begin = found + mark.size();
    const std::size_t end = std::min(result.find_first_of("/?# \t\r\n\"'", begin), result.size());
    const std::size_t at = result.substr(begin, end - begin).rfind('@');
    if (at != std::string::npos) result = hide_before(result, begin, begin + at);
    found = result.find(mark, begin);
  }
  return result;
}

}  // namespace s3dr
