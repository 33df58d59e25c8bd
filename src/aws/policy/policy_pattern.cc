#include "aws/policy/policy_pattern.h"

#include <algorithm>
#include <utility>

#include "base/http_message.h"

namespace s3dr::aws {
namespace {

using Kind = PatternPart::Kind;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_byte(char a, char b, Letters letters) {
  return letters == Letters::exact ? a == b : lower(a) == lower(b);
}

void append(Pattern& pattern, std::string_view text) {
  for (const char c : text) pattern.push_back({Kind::byte, c});
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// What stands for "${inside}".
std::optional<std::string> value_of(std::string_view inside, const PolicyContext& context) {
  if (inside == "*" || inside == "?" || inside == "$") return std::string(inside);
  const std::size_t comma = inside.find(',');
  const auto* values = context.find(trimmed(inside.substr(0, comma)));
  if (values != nullptr && values->size() == 1) return values->front();
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view otherwise = trimmed(inside.substr(comma + 1));
  if (otherwise.size() < 2 || otherwise.front() != '\'' || otherwise.back() != '\'') return std::nullopt;
  return std::string(otherwise.substr(1, otherwise.size() - 2));
}

}  // namespace

PolicyContext& PolicyContext::set(std::string_view key, std::string value) {
  return set(key, std::vector<std::string>{std::move(value)});
}

PolicyContext& PolicyContext::set(std::string_view key, std::vector<std::string> values) {
  values_[lower_case(key)] = std::move(values);
  return *this;
}

const std::vector<std::string>* PolicyContext::find(std::string_view key) const {
  const auto found = values_.find(lower_case(key));
  return found == values_.end() ? nullptr : &found->second;
}

std::optional<Pattern> make_pattern(std::string_view text, const PolicyContext& context, Wildcards wildcards,
                                    Variables variables) {
  Pattern pattern;
  pattern.reserve(text.size());
  while (!text.empty()) {
    if (variables == Variables::replaced && text.starts_with("${")) {
      const std::size_t end = text.find('}');
      if (end != std::string_view::npos) {
        const auto value = value_of(text.substr(2, end - 2), context);
        if (!value) return std::nullopt;
        append(pattern, *value);
        text.remove_prefix(end + 1);
        continue;
      }
    }
    const char c = text.front();
    text.remove_prefix(1);
    if (wildcards == Wildcards::act && c == '*') {
      // Several in a row say no more than one.
      if (pattern.empty() || pattern.back().kind != Kind::any_run) pattern.push_back({Kind::any_run, c});
    } else if (wildcards == Wildcards::act && c == '?') {
      pattern.push_back({Kind::any_one, c});
    } else {
      pattern.push_back({Kind::byte, c});
    }
  }
  return pattern;
}

bool matches(std::span<const PatternPart> pattern, std::string_view text, Letters letters) {
  // Only the last any_run seen is ever taken back, so the work is at most |pattern| × |text|.
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t at = 0, in = 0, run = none, run_end = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at].kind == Kind::any_run) {
      run = at++;
      run_end = in;
    } else if (at < pattern.size() &&
               (pattern[at].kind == Kind::any_one || same_byte(pattern[at].byte, text[in], letters))) {
      ++at;
      ++in;
    } else if (run != none) {
      at = run + 1;
      in = ++run_end;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at].kind == Kind::any_run) ++at;
  return at == pattern.size();
}

bool matches_arn(std::span<const PatternPart> pattern, std::string_view arn) {
  if (pattern.size() == 1 && pattern[0].kind == Kind::any_run) return true;
  constexpr int fields = 6;
  if (std::ranges::count(arn, ':') < fields - 1) return false;
  for (int field = 1; field <= fields; ++field) {
    if (field == fields) return matches(pattern, arn);
    std::size_t end = 0;
    while (end < pattern.size() && !(pattern[end].kind == Kind::byte && pattern[end].byte == ':')) ++end;
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return false;
    if (!matches(pattern.first(end), arn.substr(0, colon))) return false;
    if (end == pattern.size()) return true;  // the fields left out
    pattern = pattern.subspan(end + 1);
    arn.remove_prefix(colon + 1);
  }
  return false;
}

}  // namespace s3dr::aws
