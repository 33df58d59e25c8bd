#include "cloud/objects/metadata.h"

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "cloud/store/context.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t user_metadata_bytes_max = 2048;

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
    const auto [entry, is_new] = result.emplace(std::move(*name), field.value);
    if (!is_new) entry->second += "," + field.value;
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
  if (const auto why = s3::why_invalid(*tags, s3::TagOwner::object)) throw refuse("InvalidTag", *why);
  return std::move(*tags);
}

void refuse_unsupported_upload_headers(const Headers& headers) {
  const auto refuse_header = [](std::string_view name) {
    throw refuse("NotImplemented",
                 "A header you provided implies functionality that is not implemented: " + std::string(name));
  };
  for (const Header& field : headers) {
    const std::string name = lower_case(field.name);
    if (name.starts_with("x-amz-server-side-encryption") || name.starts_with("x-amz-grant-") ||
        name.starts_with("x-amz-object-lock-") || name == "x-amz-write-offset-bytes" ||
        name.starts_with("x-amz-copy-source-server-side-encryption"))
      refuse_header(name);
    if (name == "x-amz-acl" && field.value != "private" && field.value != "bucket-owner-full-control")
      refuse_header(name);
    if (name == "x-amz-storage-class" && field.value != "STANDARD") refuse_header(name);
  }
}

void add_metadata_headers(Headers& headers, const Metadata& system, const Metadata& user) {
  for (const auto& [name, value] : system) headers.set(name, value);
  for (const auto& [name, value] : user) headers.add("x-amz-meta-" + name, value);
}

}  // namespace s3dr::cloud
