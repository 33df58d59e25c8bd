#include "cloud/services/common/json_tags.h"

#include "cloud/services/common/resource_tags.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t tags_max = 50;

void check(const json::object& tags, const FieldWords& words) {
  if (const auto why = why_refused(tags))
    throw ServiceError{std::string(words.wrong_code), "The tags are refused: " + *why + ".", 400};
}

}  // namespace

json::object tags_of_list(const json::object& given, std::string_view name) {
  json::object tags;
  for (const json::value& entry : array_or_empty(given, name)) {
    const json::object& tag = as_structure(entry, "Tags");
    tags[require_text(tag, "Key")] = optional_text(tag, "Value").value_or("");
  }
  check(tags, validation_words);
  return tags;
}

json::object tags_of_map(const json::object& given, std::string_view name, const FieldWords& words) {
  const json::value* value = given.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_object()) throw wrong_field(name, words.map, words);
  check(value->get_object(), words);
  return value->get_object();
}

json::array tag_list(const json::object& tags) {
  json::array list;
  for (const auto& [key, value] : tags) list.push_back(json::object{{"Key", key}, {"Value", value}});
  return list;
}

void merge_tags(json::object& tags, const json::object& added, const std::string& too_many,
                const FieldWords& words) {
  for (const auto& [key, value] : added) tags[key] = value;
  if (tags.size() > tags_max) throw ServiceError{std::string(words.wrong_code), too_many, 400};
}

}  // namespace s3dr::services
