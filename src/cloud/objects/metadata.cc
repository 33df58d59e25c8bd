#include "cloud/objects/metadata.h"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/utf8.h"
#include "cloud/buckets/tag_rules.h"
#include "cloud/store/context.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t user_metadata_bytes_max = 2048;

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_at(text, at).length;
    if (length == 0) return false;
    at += length;
  }
  return true;
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

// "=41_b" is "A b".
std::optional<std::string> from_quoted(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '_', ' ');
  std::string encoded;
  for (const char c : spaced) {
    if (c == '%')
      encoded += "%25";
    else
      encoded += c == '=' ? '%' : c;
  }
  return uri_decode(encoded, false);
}

// One word "=?charset?B|Q?text?=" at the start of `rest`, which is shortened by it. nullopt: there is none that can be
// read.
std::optional<std::string> take_encoded_word(std::string_view& rest) {
  if (!rest.starts_with("=?")) return std::nullopt;
  const auto charset_end = rest.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= rest.size() || rest[charset_end + 2] != '?')
    return std::nullopt;
  const auto end = rest.find("?=", charset_end + 3);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string charset = lower_case(rest.substr(2, charset_end - 2));
  const std::string_view text = rest.substr(charset_end + 3, end - charset_end - 3);
  const char how = rest[charset_end + 1];
  std::optional<std::string> bytes;
  if (how == 'B' || how == 'b') bytes = from_base64(text);
  if (how == 'Q' || how == 'q') bytes = from_quoted(text);
  if (!bytes) return std::nullopt;
  const bool latin1 = charset == "iso-8859-1";
  if (!latin1 && charset != "utf-8" && charset != "us-ascii") return std::nullopt;
  rest.remove_prefix(end + 2);
  return latin1 ? from_latin1(*bytes) : std::move(*bytes);
}

// S3 decodes values by RFC 2047 before it stores them (S3 User Guide, Working with object metadata). Other bytes beyond
// ASCII are taken for ISO 8859-1, as in that page's example.
std::string decoded_value(const std::string& value) {
  std::string result;
  std::string_view rest = value;
  bool encoded = false;
  while (!rest.empty()) {
    if (auto word = take_encoded_word(rest)) {
      result += *word;
      encoded = true;
      // Blanks between two encoded words belong to neither.
      const auto next = rest.find_first_not_of(" \t");
      if (next != std::string_view::npos && rest.substr(next).starts_with("=?")) rest.remove_prefix(next);
      continue;
    }
    const auto next = std::min(rest.find("=?", 1), rest.size());
    result += from_latin1(rest.substr(0, next));
    rest.remove_prefix(next);
  }
  return encoded && !is_valid_utf8(result) ? value : result;
}

// The way back: what is beyond ASCII is encoded by RFC 2047.
std::string encoded_value(const std::string& value) {
  if (is_ascii(value)) return value;
  return "=?UTF-8?B?" + to_base64(is_valid_utf8(value) ? value : from_latin1(value)) + "?=";
}

bool is_redirect(std::string_view location) {
  return location.starts_with('/') || location.starts_with("http://") || location.starts_with("https://");
}

}  // namespace

std::string metadata_to_json(const Metadata& metadata) {
  boost::json::object object;
  for (const auto& [name, value] : metadata) object[name] = value;
  return boost::json::serialize(object);
}

Metadata metadata_from_json(std::string_view json) {
  boost::json::parse_options options;
  options.allow_invalid_utf8 = true;  // header values are bytes
  boost::system::error_code failure;
  const auto value = boost::json::parse(json, failure, {}, options);
  const auto* object = failure ? nullptr : value.if_object();
  if (object == nullptr) throw Error(ErrorKind::corrupt, "the metadata of an object cannot be read");
  Metadata result;
  for (const auto& field : *object) {
    const auto* text = field.value().if_string();
    if (text == nullptr) throw Error(ErrorKind::corrupt, "the metadata of an object cannot be read");
    result.emplace(std::string(field.key()), std::string(*text));
  }
  return result;
}

Metadata system_metadata_of(const Headers& headers) {
  Metadata result;
  for (const std::string_view name : s3::system_metadata_names()) {
    const auto value = headers.get(name);
    if (!value) continue;
    std::string text = name == "content-encoding" ? s3::without_aws_chunked(*value) : std::string(*value);
    if (!text.empty()) result.emplace(name, std::move(text));
  }
  return result;
}

Metadata user_metadata_of(const Headers& headers) {
  Metadata result;
  std::size_t bytes = 0;
  for (const Header& field : headers) {
    auto name = s3::user_metadata_name(field.name);
    if (!name) continue;
    const std::string value = decoded_value(field.value);
    const auto [entry, is_new] = result.emplace(std::move(*name), value);
    if (!is_new) entry->second += "," + value;
    bytes += (is_new ? entry->first.size() : 1) + field.value.size();
  }
  if (bytes > user_metadata_bytes_max)
    throw refuse("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size");
  return result;
}

s3::TagSet tags_of(const Headers& headers) {
  const auto text = headers.get("x-amz-tagging");
  if (!text) return {};
  auto tags = s3::parse_tagging_header(*text);
  if (!tags)
    throw refuse("InvalidArgument",
                 "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
                 "without tag name duplicates.");
  check_tags(*tags, s3::TagOwner::object);
  return std::move(*tags);
}

void refuse_unsupported_upload_headers(const Headers& headers, bool uses_acls) {
  const auto refuse_header = [](std::string_view name) {
    throw refuse("NotImplemented",
                 "A header you provided implies functionality that is not implemented: " + std::string(name));
  };
  for (const Header& field : headers) {
    const std::string name = lower_case(field.name);
    const bool asks_for_list =
        name.starts_with("x-amz-grant-") ||
        (name == "x-amz-acl" && field.value != "private" && field.value != "bucket-owner-full-control");
    if (asks_for_list && !uses_acls)
      throw refuse("AccessControlListNotSupported", "The bucket does not allow ACLs");
    if (asks_for_list) refuse_header(name);
    if (name.starts_with("x-amz-server-side-encryption") || name.starts_with("x-amz-object-lock-") ||
        name == "x-amz-write-offset-bytes" || name.starts_with("x-amz-copy-source-server-side-encryption"))
      refuse_header(name);
    if (name == "x-amz-website-redirect-location" && !is_redirect(field.value))
      throw refuse("InvalidRedirectLocation",
                   "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
    if (name == "x-amz-storage-class" && field.value != "STANDARD") refuse_header(name);
  }
}

void add_metadata_headers(Headers& headers, const Metadata& system, const Metadata& user) {
  for (const auto& [name, value] : system) headers.set(name, value);
  for (const auto& [name, value] : user) headers.add("x-amz-meta-" + name, encoded_value(value));
}

}  // namespace s3dr::cloud
