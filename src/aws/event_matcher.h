// One element of a list in an EventBridge event pattern: a plain value or an operator object. It is applied
// to one leaf of an event (a text, number, true, false or null). Callers use aws/event_pattern.h, which finds
// the leaves and joins the answers. Pure. Time is linear in the length of the texts, also for wildcards.
#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace s3dr::aws {

// A number as patterns compare it: with six digits behind the point between -5e9 and 5e9, exactly outside.
class EventNumber {
 public:
  // nullopt unless `value` is a finite number.
  static std::optional<EventNumber> read(const boost::json::value& value);
  bool in_range() const;  // of the operator `numeric`: -5e9 to 5e9
  // Negative, zero or positive when this number is less than, equal to or greater than `other`.
  int compare(const EventNumber& other) const;

 private:
  long double value_ = 0;  // holds every 64-bit integer and every double exactly
};

// A test of one text. All three forms of `equals-ignore-case` fold A-Z only, no letters of other scripts.
struct TextTest {
  enum class Kind { equals, equals_folded, prefix, prefix_folded, suffix, suffix_folded, wildcard };
  Kind kind = Kind::equals;
  std::vector<std::string> pieces;  // of a wildcard: the texts between its stars; else one text

  bool holds(std::string_view text) const;
};

struct AnythingBut {  // either texts or numbers
  std::vector<TextTest> texts;
  std::vector<EventNumber> numbers;
};

struct NumericRange {
  struct Bound {
    EventNumber number;
    bool inclusive = false;
  };
  std::optional<Bound> lower, upper;
};

struct Exists {
  bool wanted = true;
};

struct IpRange {
  std::array<std::uint8_t, 16> address{};  // an IPv4 address fills the first four
  std::size_t address_bytes = 4;           // 4 or 16
  unsigned prefix_bits = 0;
};

struct IsNull {};

using EventMatcher =
    std::variant<IsNull, bool, EventNumber, TextTest, AnythingBut, NumericRange, Exists, IpRange>;

// `place` names the element in errors: "detail.eventName[0]". Raises invalid, worded by refuse_pattern.
EventMatcher parse_matcher(const boost::json::value& element, const std::string& place);

// `leaf` is neither an object nor a list.
bool matches(const EventMatcher& matcher, const boost::json::value& leaf);
// True for {"exists": false} only: no other element is satisfied by a missing field.
bool matches_missing(const EventMatcher& matcher);

// Names of the operators: "prefix", "exists" and so on.
bool is_operator_name(std::string_view name);

// Raises Error invalid: "Event pattern is not valid. Reason: REASON at PLACE".
[[noreturn]] void refuse_pattern(const std::string& reason, const std::string& place);

}  // namespace s3dr::aws
