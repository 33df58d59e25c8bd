#include "aws/policy/policy_condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/encoding.h"
#include "base/http_message.h"

namespace s3dr::aws {
namespace {

struct Name {
  std::string_view name;
  ConditionTest test;
  bool negated = false;
};

using enum ConditionTest;
constexpr Name names[] = {
    {"StringEquals", string_equals},
    {"StringNotEquals", string_equals, true},
    {"StringEqualsIgnoreCase", string_equals_ignoring_case},
    {"StringNotEqualsIgnoreCase", string_equals_ignoring_case, true},
    {"StringLike", string_like},
    {"StringNotLike", string_like, true},
    {"ArnEquals", arn_like},
    {"ArnNotEquals", arn_like, true},
    {"ArnLike", arn_like},
    {"ArnNotLike", arn_like, true},
    {"Bool", boolean},
    {"Null", null},
    {"NumericEquals", number_equal},
    {"NumericNotEquals", number_equal, true},
    {"NumericLessThan", number_less},
    {"NumericLessThanEquals", number_less_or_equal},
    {"NumericGreaterThan", number_greater},
    {"NumericGreaterThanEquals", number_greater_or_equal},
    {"DateEquals", date_equal},
    {"DateNotEquals", date_equal, true},
    {"DateLessThan", date_less},
    {"DateLessThanEquals", date_less_or_equal},
    {"DateGreaterThan", date_greater},
    {"DateGreaterThanEquals", date_greater_or_equal},
    {"IpAddress", ip_address},
    {"NotIpAddress", ip_address, true},
    {"BinaryEquals", binary},
};

bool takes_variables(ConditionTest test) {
  switch (test) {
    case string_equals:
    case string_equals_ignoring_case:
    case string_like:
    case arn_like:
    case boolean:
      return true;
    default:
      return false;
  }
}

std::optional<double> to_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// A day, a moment, or seconds since 1970; as seconds since 1970.
std::optional<double> to_date(std::string_view text) {
  if (const auto seconds = to_number(text)) return seconds;
  const auto instant =
      text.size() == 10 ? from_iso8601(std::string(text) + "T00:00:00Z") : from_iso8601(text);
  if (!instant) return std::nullopt;
  return static_cast<double>(instant->time_since_epoch().count()) / 1000.0;
}

// An address of either family as 16 bytes, IPv4 mapped; `bits` of it count.
struct Network {
  std::array<std::uint8_t, 16> address{};
  int bits = 128;
};

std::optional<Network> to_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network network;
  int shift = 0, bits_max = 128;
  if (inet_pton(AF_INET, address.c_str(), network.address.data() + 12) == 1) {
    network.address[10] = network.address[11] = 0xff;
    shift = 96;
    bits_max = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), network.address.data()) != 1) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) return network;
  const std::string_view length = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits < 0 || bits > bits_max)
    return std::nullopt;
  network.bits = shift + bits;
  return network;
}

bool is_ipv4(const Network& network) {
  constexpr std::uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(std::begin(mapped), std::end(mapped), network.address.begin());
}

// "::/0" is every address of its family.
bool contains(const Network& network, const Network& host) {
  if (is_ipv4(network) != is_ipv4(host)) return false;
  for (int bit = 0; bit < network.bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if ((network.address[byte] & mask) != (host.address[byte] & mask)) return false;
  }
  return true;
}

template <class Compare>
bool compare(const std::optional<double>& given, const std::optional<double>& wanted, Compare how) {
  return given && wanted && how(*given, *wanted);
}

std::string text_of(const Pattern& pattern) {
  std::string text;
  for (const PatternPart& part : pattern) text += part.byte;
  return text;
}

bool fits(ConditionTest test, const std::string& given, const std::string& written,
          const PolicyContext& context, Variables variables) {
  const bool wild = test == string_like || test == arn_like;
  const auto pattern = make_pattern(written, context, wild ? Wildcards::act : Wildcards::plain,
                                    takes_variables(test) ? variables : Variables::plain);
  if (!pattern) return false;
  if (test == string_like) return matches(*pattern, given);
  if (test == arn_like) return matches_arn(*pattern, given);
  const std::string wanted = text_of(*pattern);
  switch (test) {
    case string_equals:
      return given == wanted;
    case string_equals_ignoring_case:
    case boolean:
      return equals_ignoring_case(given, wanted);
    case number_equal:
      return compare(to_number(given), to_number(wanted), std::equal_to<>());
    case number_less:
      return compare(to_number(given), to_number(wanted), std::less<>());
    case number_less_or_equal:
      return compare(to_number(given), to_number(wanted), std::less_equal<>());
    case number_greater:
      return compare(to_number(given), to_number(wanted), std::greater<>());
    case number_greater_or_equal:
      return compare(to_number(given), to_number(wanted), std::greater_equal<>());
    case date_equal:
      return compare(to_date(given), to_date(wanted), std::equal_to<>());
    case date_less:
      return compare(to_date(given), to_date(wanted), std::less<>());
    case date_less_or_equal:
      return compare(to_date(given), to_date(wanted), std::less_equal<>());
    case date_greater:
      return compare(to_date(given), to_date(wanted), std::greater<>());
    case date_greater_or_equal:
      return compare(to_date(given), to_date(wanted), std::greater_equal<>());
    case ip_address: {
      const auto network = to_network(wanted);
      const auto host = given.find('/') == std::string::npos ? to_network(given) : std::nullopt;
      return network && host && contains(*network, *host);
    }
    case binary: {
      const auto bytes = from_base64(wanted);
      return bytes && *bytes == given;
    }
    case string_like:
    case arn_like:
    case null:
      break;
  }
  return false;
}

}  // namespace

std::optional<ConditionOperator> parse_condition_operator(std::string_view name) {
  ConditionOperator result;
  for (const auto& [prefix, set] : {std::pair(std::string_view("ForAnyValue:"), ConditionSet::any_value),
                                    std::pair(std::string_view("ForAllValues:"), ConditionSet::all_values)}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    result.set = set;
    break;
  }
  constexpr std::string_view if_exists = "IfExists";
  if (name.ends_with(if_exists)) {
    name.remove_suffix(if_exists.size());
    result.if_exists = true;
  }
  const auto found = std::ranges::find(names, name, &Name::name);
  if (found == std::end(names)) return std::nullopt;
  result.test = found->test;
  result.negated = found->negated;
  // Null asks whether the key is there: the two would contradict each other.
  if (result.test == null && (result.if_exists || result.set != ConditionSet::plain)) return std::nullopt;
  return result;
}

std::string why_unfit(const ConditionOperator& op, std::string_view value) {
  if (takes_variables(op.test) && value.find("${") != std::string_view::npos) return "";
  if ((op.test == boolean || op.test == null) && !equals_ignoring_case(value, "true") &&
      !equals_ignoring_case(value, "false"))
    return "is neither true nor false";
  if (op.test >= number_equal && op.test <= number_greater_or_equal && !to_number(value))
    return "is not a number";
  if (op.test >= date_equal && op.test <= date_greater_or_equal && !to_date(value)) return "is not a date";
  if (op.test == ip_address && !to_network(value)) return "is not an address or a network";
  if (op.test == binary && !from_base64(value)) return "is not base64";
  return "";
}

bool holds(const Condition& condition, const PolicyContext& context, Variables variables) {
  const ConditionOperator& op = condition.op;
  const auto* given = context.find(condition.key);
  const bool there = given != nullptr && !given->empty();
  const auto fits_one = [&](const std::string& value) {
    const bool found = std::ranges::any_of(condition.values, [&](const std::string& written) {
      return fits(op.test, value, written, context, variables);
    });
    return found != op.negated;
  };
  if (op.test == null) {
    return std::ranges::any_of(condition.values, [&](const std::string& absent) {
      return equals_ignoring_case(absent, there ? "false" : "true");
    });
  }
  if (!there) {
    return op.if_exists || op.set == ConditionSet::all_values ||
           (op.negated && op.set == ConditionSet::plain);
  }
  // Without a set's name: "is one of" holds for one value, "is none of" must hold for all.
  const bool all = op.set == ConditionSet::all_values || (op.set == ConditionSet::plain && op.negated);
  return all ? std::ranges::all_of(*given, fits_one) : std::ranges::any_of(*given, fits_one);
}

}  // namespace s3dr::aws
