#include "aws/event_matcher.h"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/error.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

constexpr long double number_max = 5e9L;
// Our own reading of "too complex": the service does not publish its limit.
constexpr std::size_t stars_in_wildcard_max = 32;

constexpr std::array<std::string_view, 8> operator_names = {
    "anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"};

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_folded(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return folded(x) == folded(y); });
}

// Where `piece` first begins in `text`, by Knuth, Morris and Pratt: no pair of texts makes it slow.
std::size_t find_linear(std::string_view text, std::string_view piece) {
  if (piece.empty()) return 0;
  std::vector<std::size_t> border(piece.size(), 0);  // longest proper prefix that ends at i as well
  for (std::size_t i = 1, k = 0; i < piece.size(); ++i) {
    while (k > 0 && piece[i] != piece[k]) k = border[k - 1];
    if (piece[i] == piece[k]) ++k;
    border[i] = k;
  }
  for (std::size_t i = 0, k = 0; i < text.size(); ++i) {
    while (k > 0 && text[i] != piece[k]) k = border[k - 1];
    if (text[i] == piece[k]) ++k;
    if (k == piece.size()) return i + 1 - k;
  }
  return std::string_view::npos;
}

// The first piece stands at the front, the last at the end; each one between is taken where it first fits,
// which leaves the most room for those behind it. So nothing is ever tried twice.
bool wildcard_holds(const std::vector<std::string>& pieces, std::string_view text) {
  if (pieces.size() == 1) return text == pieces.front();
  if (!text.starts_with(pieces.front())) return false;
  text.remove_prefix(pieces.front().size());
  if (!text.ends_with(pieces.back())) return false;
  text.remove_suffix(pieces.back().size());
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t at = find_linear(text, pieces[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces[i].size());
  }
  return true;
}

std::vector<std::string> wildcard_pieces(std::string_view text, const std::string& place) {
  std::vector<std::string> pieces(1);
  bool after_star = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '*') {
      if (after_star) refuse_pattern("Consecutive wildcard characters at pos " + std::to_string(i), place);
      pieces.emplace_back();
      after_star = true;
      continue;
    }
    after_star = false;
    if (c != '\\') {
      pieces.back() += c;
    } else if (i + 1 < text.size() && (text[i + 1] == '*' || text[i + 1] == '\\')) {
      pieces.back() += text[++i];
    } else {
      refuse_pattern("Invalid escape character at pos " + std::to_string(i), place);
    }
  }
  if (pieces.size() - 1 > stars_in_wildcard_max) {
    refuse_pattern("Rule is too complex - try using fewer wildcard characters (at most " +
                       std::to_string(stars_in_wildcard_max) + " in one text)",
                   place);
  }
  return pieces;
}

std::string text_of(const json::value& value, std::string_view name, const std::string& place) {
  const json::string* text = value.if_string();
  if (text == nullptr) refuse_pattern(std::string(name) + " match pattern must be a string", place);
  return std::string(*text);
}

// The only member of an operator object.
const json::key_value_pair& only_member(const json::object& object, const std::string& place) {
  if (object.empty()) refuse_pattern("Empty objects are not allowed", place);
  if (object.size() > 1) refuse_pattern("Only one key allowed in match expression", place);
  return *object.begin();
}

// The text tests that stand on one text: {"prefix": "x"}, and {"prefix": {"equals-ignore-case": "x"}} where
// `may_fold`. nullopt if `name` is none of them.
std::optional<TextTest> parse_text_test(std::string_view name, const json::value& value, bool may_fold,
                                        const std::string& place) {
  using Kind = TextTest::Kind;
  if (name == "equals-ignore-case") return TextTest{Kind::equals_folded, {text_of(value, name, place)}};
  if (name == "wildcard")
    return TextTest{Kind::wildcard, wildcard_pieces(text_of(value, name, place), place)};
  if (name != "prefix" && name != "suffix") return std::nullopt;
  const bool front = name == "prefix";
  const json::object* object = may_fold ? value.if_object() : nullptr;
  if (object == nullptr) return TextTest{front ? Kind::prefix : Kind::suffix, {text_of(value, name, place)}};
  const auto& member = only_member(*object, place);
  const std::string_view inner = member.key();
  if (inner != "equals-ignore-case") {
    refuse_pattern("Unsupported " + std::string(name) + " pattern: " + std::string(inner), place);
  }
  const std::string inner_place = place + ".equals-ignore-case";
  return TextTest{front ? Kind::prefix_folded : Kind::suffix_folded,
                  {text_of(member.value(), inner, inner_place)}};
}

// `value` or, if it is a list, each of its elements; the list may not be empty.
template <class Take>
void for_each_alternative(const json::value& value, const std::string& place, Take take) {
  const json::array* list = value.if_array();
  if (list == nullptr) return take(value, place);
  if (list->empty()) refuse_pattern("Empty arrays are not allowed", place);
  for (std::size_t i = 0; i < list->size(); ++i) take((*list)[i], place + "[" + std::to_string(i) + "]");
}

AnythingBut parse_anything_but_test(const json::object& object, const std::string& place) {
  const auto& member = only_member(object, place);
  const std::string name(member.key());
  AnythingBut result;
  for_each_alternative(member.value(), place + "." + name,
                       [&](const json::value& value, const std::string& at) {
                         const auto test = parse_text_test(name, value, false, at);
                         if (!test) refuse_pattern("Unsupported anything-but pattern: " + name, at);
                         if (test->pieces.size() == 1 && test->pieces.front().empty()) {
                           refuse_pattern("Empty text not allowed in anything-but " + name, at);
                         }
                         result.texts.push_back(*test);
                       });
  return result;
}

AnythingBut parse_anything_but(const json::value& value, const std::string& place) {
  if (const json::object* object = value.if_object()) return parse_anything_but_test(*object, place);
  AnythingBut result;
  for_each_alternative(value, place, [&](const json::value& one, const std::string& at) {
    if (const json::string* text = one.if_string()) {
      result.texts.push_back(TextTest{TextTest::Kind::equals, {std::string(*text)}});
    } else if (const auto number = EventNumber::read(one)) {
      result.numbers.push_back(*number);
    } else {
      refuse_pattern("Value of anything-but must be a string, a number, or a list of one of these", at);
    }
    if (!result.texts.empty() && !result.numbers.empty()) {
      refuse_pattern(
          "Inside anything but list, either all values are number or string, mixed type is not supported",
          at);
    }
  });
  return result;
}

NumericRange parse_numeric(const json::value& value, const std::string& place) {
  const json::array* list = value.if_array();
  if (list == nullptr) refuse_pattern("Value of numeric must be an array", place);
  if (list->empty()) refuse_pattern("Invalid member in numeric match: ]", place);
  NumericRange range;
  for (std::size_t i = 0; i < list->size(); i += 2) {
    const std::string at = place + "[" + std::to_string(i) + "]";
    const json::string* text = (*list)[i].if_string();
    if (text == nullptr) refuse_pattern("Numeric operator must be one of = < <= > >=", at);
    const std::string_view comparison = *text;
    const bool equals = comparison == "=", below = comparison == "<" || comparison == "<=";
    if (!equals && !below && comparison != ">" && comparison != ">=") {
      refuse_pattern("Unrecognized numeric range operator: " + std::string(comparison), at);
    }
    // One "=", or one of each direction with the lower bound first.
    if (i > 0 && (!below || range.upper)) refuse_pattern("Too many terms in numeric range expression", at);
    const std::string next = place + "[" + std::to_string(i + 1) + "]";
    const auto number = i + 1 < list->size() ? EventNumber::read((*list)[i + 1]) : std::nullopt;
    if (!number) refuse_pattern("Value of " + std::string(comparison) + " must be numeric", next);
    if (!number->in_range()) {
      refuse_pattern("Value must be between -5.0E9 and 5.0E9, inclusive", next);
    }
    const NumericRange::Bound bound{*number, equals || comparison.ends_with('=')};
    if (below || equals) range.upper = bound;
    if (!below) range.lower = bound;
    if (i > 0 && range.lower->number.compare(*number) >= 0)
      refuse_pattern("Bottom must be less than top", next);
  }
  return range;
}

// Strict: four decimal numbers without leading zeros, or an IPv6 address without a zone.
std::optional<IpRange> parse_address(std::string_view text) {
  if (text.empty() || text.size() > 45 || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string copy(text);
  IpRange range;
  range.address_bytes = copy.find(':') == std::string::npos ? 4 : 16;
  if (inet_pton(range.address_bytes == 4 ? AF_INET : AF_INET6, copy.c_str(), range.address.data()) != 1) {
    return std::nullopt;
  }
  return range;
}

IpRange parse_cidr(const json::value& value, const std::string& place) {
  const std::string text = text_of(value, "cidr", place);
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) refuse_pattern("Malformed CIDR, one '/' required", place);
  auto range = parse_address(std::string_view(text).substr(0, slash));
  if (!range) refuse_pattern("Malformed CIDR, not an IP address: " + text.substr(0, slash), place);
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data() + slash + 1, end, range->prefix_bits);
  if (failure != std::errc() || stop != end || range->prefix_bits > range->address_bytes * 8) {
    refuse_pattern(
        "Malformed CIDR, mask bits must be a number from 0 to " + std::to_string(range->address_bytes * 8),
        place);
  }
  return *range;
}

bool contains(const IpRange& range, std::string_view text) {
  const auto address = parse_address(text);
  if (!address || address->address_bytes != range.address_bytes) return false;
  for (unsigned bit = 0; bit < range.prefix_bits; bit += 8) {
    const unsigned left = range.prefix_bits - bit;
    const unsigned mask = left >= 8 ? 0xffU : (0xff00U >> left) & 0xffU;
    if (((range.address[bit / 8] ^ address->address[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

EventMatcher parse_operator(const json::object& object, const std::string& element_place) {
  const auto& member = only_member(object, element_place);
  const std::string name(member.key());
  const json::value& value = member.value();
  const std::string place = element_place + "." + name;
  if (const auto test = parse_text_test(name, value, true, place)) return *test;
  if (name == "anything-but") return parse_anything_but(value, place);
  if (name == "numeric") return parse_numeric(value, place);
  if (name == "cidr") return parse_cidr(value, place);
  if (name != "exists") refuse_pattern("Unrecognized match type " + name, element_place);
  const bool* wanted = value.if_bool();
  if (wanted == nullptr) refuse_pattern("exists match pattern must be either true or false", place);
  return Exists{*wanted};
}

// How a leaf answers to each kind of matcher.
struct Answer {
  const json::value& leaf;
  const json::string* text = leaf.if_string();
  std::optional<EventNumber> number = EventNumber::read(leaf);

  bool operator()(const IsNull&) const { return leaf.is_null(); }
  bool operator()(bool wanted) const { return leaf.is_bool() && leaf.get_bool() == wanted; }
  bool operator()(const EventNumber& wanted) const { return number && number->compare(wanted) == 0; }
  bool operator()(const TextTest& test) const { return text != nullptr && test.holds(*text); }
  bool operator()(const Exists& exists) const { return exists.wanted; }
  bool operator()(const IpRange& range) const { return text != nullptr && contains(range, *text); }
  bool operator()(const AnythingBut& but) const {
    return std::none_of(but.texts.begin(), but.texts.end(), *this) &&
           std::none_of(but.numbers.begin(), but.numbers.end(), *this);
  }
  bool operator()(const NumericRange& range) const {
    if (!number || !number->in_range()) return false;
    if (const auto& lower = range.lower) {
      const int order = number->compare(lower->number);
      if (order < 0 || (order == 0 && !lower->inclusive)) return false;
    }
    if (const auto& upper = range.upper) {
      const int order = number->compare(upper->number);
      if (order > 0 || (order == 0 && !upper->inclusive)) return false;
    }
    return true;
  }
};

}  // namespace

std::optional<EventNumber> EventNumber::read(const json::value& value) {
  EventNumber number;
  if (const std::int64_t* whole = value.if_int64()) {
    number.value_ = static_cast<long double>(*whole);
  } else if (const std::uint64_t* large = value.if_uint64()) {
    number.value_ = static_cast<long double>(*large);
  } else if (const double* real = value.if_double(); real != nullptr && std::isfinite(*real)) {
    number.value_ = *real;
  } else {
    return std::nullopt;
  }
  return number;
}

bool EventNumber::in_range() const {
  return std::fabs(value_) <= number_max;
}

int EventNumber::compare(const EventNumber& other) const {
  // The JSON reader may be off in a double's last bit; rounding hides it.
  const bool round = in_range() && other.in_range();
  const long double a = round ? std::round(value_ * 1e6L) : value_;
  const long double b = round ? std::round(other.value_ * 1e6L) : other.value_;
  return a < b ? -1 : a > b ? 1 : 0;
}

bool TextTest::holds(std::string_view text) const {
  const std::string_view wanted = pieces.front();
  switch (kind) {
    case Kind::equals:
      return text == wanted;
    case Kind::equals_folded:
      return equal_folded(text, wanted);
    case Kind::prefix:
      return text.starts_with(wanted);
    case Kind::prefix_folded:
      return equal_folded(text.substr(0, wanted.size()), wanted);
    case Kind::suffix:
      return text.ends_with(wanted);
    case Kind::suffix_folded:
      return text.size() >= wanted.size() && equal_folded(text.substr(text.size() - wanted.size()), wanted);
    case Kind::wildcard:
      return wildcard_holds(pieces, text);
  }
  return false;
}

EventMatcher parse_matcher(const json::value& element, const std::string& place) {
  if (const json::object* object = element.if_object()) return parse_operator(*object, place);
  if (const json::string* text = element.if_string()) {
    return TextTest{TextTest::Kind::equals, {std::string(*text)}};
  }
  if (const bool* wanted = element.if_bool()) return *wanted;
  if (element.is_null()) return IsNull{};
  if (const auto number = EventNumber::read(element)) return *number;
  refuse_pattern("Match value must be String, number, true, false, or null", place);
}

bool matches(const EventMatcher& matcher, const json::value& leaf) {
  return std::visit(Answer{leaf}, matcher);
}

bool matches_missing(const EventMatcher& matcher) {
  const Exists* exists = std::get_if<Exists>(&matcher);
  return exists != nullptr && !exists->wanted;
}

bool is_operator_name(std::string_view name) {
  return std::find(operator_names.begin(), operator_names.end(), name) != operator_names.end();
}

void refuse_pattern(const std::string& reason, const std::string& place) {
  throw Error(ErrorKind::invalid, "Event pattern is not valid. Reason: " + reason + " at " + place);
}

}  // namespace s3dr::aws
