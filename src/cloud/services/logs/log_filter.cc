#include "cloud/services/logs/log_filter.h"

#include <algorithm>
#include <utility>

#include "cloud/services/common/query_protocol.h"
#include "cloud/services/common/texts.h"

namespace s3dr::services {
namespace {

[[noreturn]] void refuse_syntax(std::string_view pattern) {
  throw ServiceError{"UnsupportedOperationException",
                     "The filter pattern \"" + std::string(pattern) +
                         "\" is not supported yet: only terms and quoted phrases are.",
                     501};
}

bool is_term_character(char c) {
  return is_letter_or_digit(c) || c == '_' || c < 0;
}

// Reads the quoted phrase at the start of `rest` and removes it from `rest`.
std::string take_phrase(std::string_view& rest) {
  std::string phrase;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size()) {
      phrase += rest[++i];
    } else if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return phrase;
    } else {
      phrase += rest[i];
    }
  }
  throw ServiceError{"InvalidParameterException", "Invalid filter pattern: a quotation mark has no end.",
                     400};
}

std::string take_term(std::string_view& rest, std::string_view pattern) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != ' ') {
    if (!is_term_character(rest[end])) refuse_syntax(pattern);
    ++end;
  }
  if (end == 0) refuse_syntax(pattern);
  std::string term(rest.substr(0, end));
  rest.remove_prefix(end);
  return term;
}

}  // namespace

LogFilter LogFilter::parse(std::string_view pattern) {
  LogFilter filter;
  std::string_view rest = pattern;
  while (true) {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (rest.empty()) return filter;
    std::vector<std::string>* kind = &filter.all_;
    if (rest.starts_with('?')) kind = &filter.any_;
    if (rest.starts_with('-')) kind = &filter.none_;
    if (kind != &filter.all_) rest.remove_prefix(1);
    kind->push_back(rest.starts_with('"') ? take_phrase(rest) : take_term(rest, pattern));
  }
}

bool LogFilter::matches(std::string_view message) const {
  const auto there = [message](const std::string& text) {
    return message.find(text) != std::string_view::npos;
  };
  // AWS ignores the optional terms where others stand beside them.
  const bool any = !all_.empty() || any_.empty() || std::ranges::any_of(any_, there);
  return any && std::ranges::all_of(all_, there) && std::ranges::none_of(none_, there);
}

}  // namespace s3dr::services
