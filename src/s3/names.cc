#include "s3/names.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/utf8.h"

namespace s3dr::s3 {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c);
}

// Four groups of digits: S3 refuses it whatever their values.
bool looks_like_ipv4(std::string_view text) {
  int groups = 1;
  bool digit_before = false;
  for (const char c : text) {
    if (c == '.') {
      if (!digit_before) return false;
      ++groups;
      digit_before = false;
    } else if (is_digit(c)) {
      digit_before = true;
    } else {
      return false;
    }
  }
  return groups == 4 && digit_before;
}

// For error messages: what came from outside must not break the line or the terminal, nor be endless.
std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 80;
  return "\"" + printable(ObjectKey(std::string(text.substr(0, shown_max)))) +
         (text.size() > shown_max ? "…\"" : "\"");
}

// Controls, and the invisible characters that reorder or break a line.
bool prints(char32_t c) {
  if (c < 0x20 || c == '%' || (c >= 0x7F && c <= 0x9F)) return false;
  return !(c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0xFEFF);
}

void append_percent(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += "0123456789ABCDEF"[byte >> 4];
  out += "0123456789ABCDEF"[byte & 15];
}

constexpr std::array<std::string_view, 3> reserved_prefixes = {"xn--", "sthree-", "amzn-s3-demo-"};
// Names of access points' aliases, directory buckets, tables: no bucket of ours has ever been called so.
constexpr std::array<std::string_view, 5> other_kinds = {"-s3alias", "--ol-s3", ".mrap", "--x-s3",
                                                         "--table-s3"};
constexpr std::string_view account_regional_suffix = "-an";

bool is_letter_or_digit(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

std::optional<std::string> why_other_kind(std::string_view text) {
  if (looks_like_ipv4(text)) return "it must not look like an IPv4 address";
  for (const std::string_view suffix : other_kinds) {
    if (text.ends_with(suffix)) return "the suffix " + std::string(suffix) + " is reserved";
  }
  return std::nullopt;
}

// The rules of both namespaces, but for the suffix.
std::optional<std::string> why_not_new_anywhere(std::string_view text) {
  if (text.size() < 3 || text.size() > 63) return "it must have 3 to 63 characters";
  for (const char c : text) {
    if (!is_lower_or_digit(c) && c != '.' && c != '-') {
      return "only lower-case letters, digits, dots and hyphens are allowed";
    }
  }
  if (!is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) {
    return "it must begin and end with a letter or a digit";
  }
  if (text.find("..") != std::string_view::npos) return "two dots must not follow one another";
  if (auto why = why_other_kind(text)) return why;
  for (const std::string_view prefix : reserved_prefixes) {
    if (text.starts_with(prefix)) return "the prefix " + std::string(prefix) + " is reserved";
  }
  return std::nullopt;
}

Error not_a_name(std::string_view text, const std::string& why) {
  Error error(ErrorKind::invalid, quoted(text) + " is not a bucket name: " + why);
  error.with_code("InvalidBucketName").with_status(400);
  return error;
}

}  // namespace

std::optional<std::string> BucketName::why_impossible(std::string_view text) {
  if (text.size() < 3 || text.size() > 255) return "it must have 3 to 255 characters";
  for (const char c : text) {
    if (!is_letter_or_digit(c) && c != '.' && c != '-' && c != '_') {
      return "only letters, digits, dots, hyphens and underscores are allowed";
    }
  }
  if (text.front() == '-' || text.front() == '.') return "it must begin with a letter or a digit";
  return why_other_kind(text);
}

BucketName BucketName::parse(std::string_view text) {
  if (const auto why = why_impossible(text)) throw not_a_name(text, *why);
  BucketName result;
  result.text_ = text;
  return result;
}

std::optional<std::string> BucketName::why_not_new(std::string_view text) {
  if (auto why = why_not_new_anywhere(text)) return why;
  if (text.ends_with(account_regional_suffix)) {
    return "the suffix " + std::string(account_regional_suffix) + " is reserved for account-regional names";
  }
  return std::nullopt;
}

BucketName BucketName::parse_new(std::string_view text) {
  if (const auto why = why_not_new(text)) throw not_a_name(text, *why);
  BucketName result;
  result.text_ = text;
  return result;
}

std::string account_regional_ending(const AccountId& account, const Region& region) {
  return "-" + account.text() + "-" + region.text() + std::string(account_regional_suffix);
}

std::optional<std::string> why_not_new_account_regional(std::string_view name, const AccountId& account,
                                                        const Region& region) {
  if (auto why = why_not_new_anywhere(name)) return why;
  const std::string ending = account_regional_ending(account, region);
  if (!name.ends_with(ending)) return "it must end with " + ending;
  if (name.size() == ending.size()) return "it must have a part before " + ending;
  return std::nullopt;
}

Region Region::parse(std::string_view text) {
  const bool legal =
      text.size() >= 2 && text.size() <= 32 &&
      std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
  if (!legal) throw Error(ErrorKind::invalid, quoted(text) + " cannot be the name of a region");
  Region result;
  result.text_ = text;
  return result;
}

AccountId AccountId::parse(std::string_view text) {
  if (text.size() != 12 || !std::all_of(text.begin(), text.end(), is_digit)) {
    throw Error(ErrorKind::invalid, quoted(text) + " is not an account id: it has twelve digits");
  }
  AccountId result;
  result.text_ = text;
  return result;
}

std::string bucket_url(const BucketName& bucket) {
  return "s3://" + bucket.text();
}

std::string object_url(const BucketName& bucket, const ObjectKey& key) {
  return "s3://" + bucket.text() + "/" + printable(key);
}

std::string printable(const ObjectKey& key) {
  const std::string& bytes = key.bytes();
  std::string result;
  result.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const CodePoint point = code_point_at(bytes, i);
    const std::size_t length = std::max<std::size_t>(point.length, 1);
    if (point.length != 0 && prints(point.value)) {
      result.append(bytes, i, length);
    } else {
      for (std::size_t k = 0; k < length; ++k) append_percent(result, bytes[i + k]);
    }
    i += length;
  }
  return result;
}

}  // namespace s3dr::s3
