#include "property/policy_oracle.h"

#include <arpa/inet.h>
#include <ctime>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>

namespace s3dr::test {
namespace {

using std::string;

string lowered(string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// "*": any characters, also none. "?": one character.
bool wild(const char* pattern, const char* text) {
  if (*pattern == '\0') return *text == '\0';
  if (*pattern == '*') {
    for (const char* rest = text;; ++rest) {
      if (wild(pattern + 1, rest)) return true;
      if (*rest == '\0') return false;
    }
  }
  return *text != '\0' && (*pattern == '?' || *pattern == *text) && wild(pattern + 1, text + 1);
}

std::vector<string> six_parts(const string& arn) {
  std::vector<string> parts;
  std::size_t at = 0;
  while (parts.size() < 5) {
    const std::size_t colon = arn.find(':', at);
    if (colon == string::npos) break;
    parts.push_back(arn.substr(at, colon - at));
    at = colon + 1;
  }
  parts.push_back(arn.substr(at));
  return parts;
}

// "Each of the six colon-delimited components of the ARN is checked separately and each can include …
// wildcards."
bool same_arn(const string& given, const string& written) {
  if (!written.empty() && written.find_first_not_of('*') == string::npos) return true;  // everything
  const auto have = six_parts(given), want = six_parts(written);
  if (have.size() != 6) return false;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (!wild(want[i].c_str(), have[i].c_str())) return false;
  }
  return true;
}

std::optional<double> number(const string& text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0])) || text[0] == '+')
    return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

// A W3C form of ISO 8601, or the epoch's seconds.
std::optional<double> moment(const string& text) {
  if (const auto seconds = number(text)) return seconds;
  std::tm parts{};
  const char* end = strptime(text.c_str(), text.size() == 10 ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<double>(timegm(&parts));
}

bool in_network(const string& given, const string& written) {
  const std::size_t slash = written.find('/');
  const string base = written.substr(0, slash);
  const int family = base.find(':') == string::npos ? AF_INET : AF_INET6;
  unsigned char have[16] = {}, want[16] = {};
  if (inet_pton(family, given.c_str(), have) != 1 || inet_pton(family, base.c_str(), want) != 1) return false;
  const int all = family == AF_INET ? 32 : 128;
  const int bits = slash == string::npos ? all : std::atoi(written.c_str() + slash + 1);
  for (int bit = 0; bit < bits; ++bit) {
    if (((have[bit / 8] ^ want[bit / 8]) >> (7 - bit % 8)) & 1) return false;
  }
  return true;
}

string decoded(const string& base64) {
  static const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  string bytes;
  unsigned value = 0;
  int bits = 0;
  for (const char c : base64) {
    const std::size_t digit = letters.find(c);
    if (digit == string::npos) break;  // padding
    value = value << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(value >> bits & 0xff);
    }
  }
  return bytes;
}

using Test = std::function<bool(const string& given, const string& written)>;

Test compared(std::function<std::optional<double>(const string&)> read,
              std::function<bool(double, double)> how) {
  return [read, how](const string& given, const string& written) {
    const auto a = read(given), b = read(written);
    return a && b && how(*a, *b);
  };
}

// What the guide's positive operators say. Its negated ones are the opposite of one of these.
const std::map<string, Test>& positive() {
  static const auto less = [](double a, double b) { return a < b; };
  static const auto at_most = [](double a, double b) { return a <= b; };
  static const auto more = [](double a, double b) { return a > b; };
  static const auto at_least = [](double a, double b) { return a >= b; };
  static const auto equal = [](double a, double b) { return a == b; };
  static const std::map<string, Test> tests = {
      {"StringEquals", [](const string& a, const string& b) { return a == b; }},
      {"StringEqualsIgnoreCase", [](const string& a, const string& b) { return lowered(a) == lowered(b); }},
      {"StringLike", [](const string& a, const string& b) { return wild(b.c_str(), a.c_str()); }},
      {"ArnEquals", same_arn},
      {"ArnLike", same_arn},
      {"Bool", [](const string& a, const string& b) { return lowered(a) == lowered(b); }},
      {"BinaryEquals", [](const string& a, const string& b) { return a == decoded(b); }},
      {"IpAddress", in_network},
      {"NumericEquals", compared(number, equal)},
      {"NumericLessThan", compared(number, less)},
      {"NumericLessThanEquals", compared(number, at_most)},
      {"NumericGreaterThan", compared(number, more)},
      {"NumericGreaterThanEquals", compared(number, at_least)},
      {"DateEquals", compared(moment, equal)},
      {"DateLessThan", compared(moment, less)},
      {"DateLessThanEquals", compared(moment, at_most)},
      {"DateGreaterThan", compared(moment, more)},
      {"DateGreaterThanEquals", compared(moment, at_least)},
  };
  return tests;
}

const std::map<string, string>& negated() {
  static const std::map<string, string> opposites = {
      {"StringNotEquals", "StringEquals"},
      {"StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"},
      {"StringNotLike", "StringLike"},
      {"ArnNotEquals", "ArnEquals"},
      {"ArnNotLike", "ArnLike"},
      {"NotIpAddress", "IpAddress"},
      {"NumericNotEquals", "NumericEquals"},
      {"DateNotEquals", "DateEquals"},
  };
  return opposites;
}

}  // namespace

const std::vector<string>& oracle_operators() {
  static const std::vector<string> names = [] {
    std::vector<string> result = {"Null"};
    for (const auto& [name, test] : positive()) result.push_back(name);
    for (const auto& [name, opposite] : negated()) result.push_back(name);
    return result;
  }();
  return names;
}

bool oracle_holds(const string& operator_name, const string& key, const std::vector<string>& written,
                  const OracleContext& request) {
  string name = operator_name;
  const bool for_all = name.rfind("ForAllValues:", 0) == 0, for_any = name.rfind("ForAnyValue:", 0) == 0;
  if (for_all || for_any) name = name.substr(name.find(':') + 1);
  const bool if_exists = name.size() > 8 && name.substr(name.size() - 8) == "IfExists";
  if (if_exists) name.resize(name.size() - 8);

  const auto found = request.find(lowered(key));
  const bool absent = found == request.end() || found->second.empty();
  if (name == "Null") {
    // "true" (the key doesn't exist – it is null) or "false" (the key exists and its value is not null).
    return std::any_of(written.begin(), written.end(),
                       [&](const string& wanted) { return (lowered(wanted) == "true") == absent; });
  }
  const bool is_negated = negated().count(name) > 0;
  if (absent) {
    if (if_exists) return true;  // "If the key is not present, evaluate the condition element as true."
    if (for_all) return true;    // "returns true if there are no context keys in the request"
    if (for_any) return false;   // "For no matching context key … the condition returns false."
    return is_negated;           // "If the key … is not present, the values do not match"
  }
  const Test& test = positive().at(is_negated ? negated().at(name) : name);
  // "any one of the values" of a positive operator; "none of the values" (NOR) of a negated one.
  const auto one = [&](const string& given) {
    const bool matched = std::any_of(written.begin(), written.end(),
                                     [&](const string& wanted) { return test(given, wanted); });
    return matched != is_negated;
  };
  const std::vector<string>& given = found->second;
  if (for_all || (is_negated && !for_any)) return std::all_of(given.begin(), given.end(), one);
  return std::any_of(given.begin(), given.end(), one);
}

}  // namespace s3dr::test
