#include "s3/tag.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/http_message.h"
#include "base/utf8.h"

namespace s3dr::s3 {
namespace {

constexpr std::size_t key_characters_max = 128;
constexpr std::size_t value_characters_max = 256;
constexpr std::string_view ascii_signs = " +-=._:/@";

// Letters, digits and blanks of any script, and a few signs. Beyond ASCII only controls are refused here: the
// Unicode tables that would tell a letter from a symbol are not worth their size.
bool allowed(char32_t c) {
  if (c < 0x80) {
    const char ascii = static_cast<char>(c);
    return (ascii >= 'a' && ascii <= 'z') || (ascii >= 'A' && ascii <= 'Z') ||
           (ascii >= '0' && ascii <= '9') || ascii_signs.find(ascii) != std::string_view::npos;
  }
  return c > 0x9F;
}

// The number of characters; nullopt when one of them is not allowed or the text is not UTF-8.
std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const CodePoint point = code_point_at(text, i);
    if (point.length == 0 || !allowed(point.value)) return std::nullopt;
    i += point.length;
  }
  return count;
}

bool is_reserved(std::string_view key) {
  return key.size() >= 4 && equals_ignoring_case(key.substr(0, 4), "aws:");
}

}  // namespace

const std::string* find_tag(const TagSet& tags, std::string_view key) {
  const auto found = std::find_if(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.key == key; });
  return found == tags.end() ? nullptr : &found->value;
}

bool same_tags(const TagSet& a, const TagSet& b) {
  return std::set<Tag>(a.begin(), a.end()) == std::set<Tag>(b.begin(), b.end());
}

std::optional<std::string> why_invalid(const TagSet& tags, TagOwner owner) {
  const std::size_t tags_max = owner == TagOwner::bucket ? 50 : 10;
  if (tags.size() > tags_max) {
    return std::string(owner == TagOwner::bucket ? "a bucket" : "an object") + " has at most " +
           std::to_string(tags_max) + " tags";
  }
  std::set<std::string_view> keys;
  for (const Tag& tag : tags) {
    const auto key_characters = count_characters(tag.key);
    const auto value_characters = count_characters(tag.value);
    if (!key_characters) return "the TagKey you have provided is invalid";
    if (!value_characters) return "the TagValue you have provided is invalid";
    if (*key_characters == 0) return "a tag key must not be empty";
    if (*key_characters > key_characters_max) return "a tag key has at most 128 characters";
    if (*value_characters > value_characters_max) return "a tag value has at most 256 characters";
    if (is_reserved(tag.key)) return "tag keys that begin with aws: are reserved";
    if (!keys.insert(tag.key).second) return "cannot provide multiple tags with the same key";
  }
  return std::nullopt;
}

std::optional<TagSet> parse_tagging_header(std::string_view text) {
  TagSet result;
  if (text.empty()) return result;
  for (;;) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    const auto equals = pair.find('=');
    auto key = uri_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : uri_decode(pair.substr(equals + 1), true);
    if (!key || !value || key->empty() || find_tag(result, *key) != nullptr) return std::nullopt;
    result.push_back({std::move(*key), std::move(*value)});
    if (end == std::string_view::npos) return result;
    text.remove_prefix(end + 1);
  }
}

std::string to_tagging_header(const TagSet& tags) {
  std::string result;
  for (const Tag& tag : tags) {
    if (!result.empty()) result += '&';
    result += uri_encode(tag.key);
    result += '=';
    result += uri_encode(tag.value);
  }
  return result;
}

}  // namespace s3dr::s3
