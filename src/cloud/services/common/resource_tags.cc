#include "cloud/services/common/resource_tags.h"

#include "base/error.h"
#include "s3/tag.h"

namespace s3dr::services {

std::string to_tags_column(const ResourceTags& tags) {
  boost::json::object object;
  for (const auto& [key, value] : tags) object[key] = value;
  return boost::json::serialize(object);
}

ResourceTags from_tags_column(std::string_view text) {
  ResourceTags tags;
  boost::json::error_code malformed;
  const boost::json::value value = boost::json::parse(text, malformed);
  if (malformed || !value.is_object())
    throw Error(ErrorKind::corrupt, "the tags of a resource cannot be read");
  for (const auto& [key, entry] : value.get_object()) {
    if (entry.is_string()) tags[std::string(key)] = std::string(entry.get_string());
  }
  return tags;
}

std::optional<std::string> why_refused(const ResourceTags& tags) {
  s3::TagSet set;
  for (const auto& [key, value] : tags) set.push_back({key, value});
  return s3::why_invalid(set, s3::TagOwner::bucket);
}

std::optional<std::string> why_refused(const boost::json::object& tags) {
  ResourceTags texts;
  for (const auto& [key, value] : tags) {
    if (!value.is_string()) return "the value of " + std::string(key) + " is no text";
    texts[std::string(key)] = std::string(value.get_string());
  }
  return why_refused(texts);
}

}  // namespace s3dr::services
