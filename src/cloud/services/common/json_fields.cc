#include "cloud/services/common/json_fields.h"

#include <algorithm>

#include "base/encoding.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/resource_tags.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t tags_max = 50;

const json::value* present(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

[[noreturn]] void refuse_type(std::string_view name, std::string_view wanted) {
  refuse_value(std::string(name) + " must be " + std::string(wanted) + ".");
}

}  // namespace

void refuse_value(const std::string& message) {
  throw ServiceError{"ValidationException", message, 400};
}

void refuse_unsupported(const std::string& what) {
  throw ServiceError{"UnsupportedOperationException", what + " is not supported yet.", 501};
}

const json::array* optional_array(const json::object& object, std::string_view name) {
  const json::value* value = present(object, name);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) refuse_type(name, "a list");
  return &value->get_array();
}

const json::object* optional_object(const json::object& object, std::string_view name) {
  const json::value* value = present(object, name);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) refuse_type(name, "a structure");
  return &value->get_object();
}

std::optional<bool> optional_boolean(const json::object& object, std::string_view name) {
  const json::value* value = present(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) refuse_type(name, "true or false");
  return value->get_bool();
}

std::vector<std::string> text_list(const json::object& object, std::string_view name) {
  std::vector<std::string> result;
  const json::array* list = optional_array(object, name);
  if (list == nullptr) return result;
  for (const json::value& item : *list) {
    if (!item.is_string()) refuse_type(name, "a list of texts");
    result.emplace_back(item.get_string());
  }
  return result;
}

void refuse_other_fields(const json::object& object, std::initializer_list<std::string_view> known,
                         const std::string& of_what) {
  for (const auto& [name, value] : object) {
    if (value.is_null()) continue;
    if (std::ranges::find(known, std::string_view(name)) == known.end())
      refuse_unsupported("The field " + std::string(name) + " of " + of_what);
  }
}

json::object tags_of(const json::array* tags) {
  json::object result;
  if (tags == nullptr) return result;
  for (const json::value& item : *tags) {
    if (!item.is_object()) refuse_type("Tags", "a list of structures");
    const std::string key = require_text(item.get_object(), "Key");
    const std::string value = optional_text(item.get_object(), "Value").value_or("");
    result[key] = value;
  }
  if (const auto why = why_refused(result)) refuse_value("The tags are refused: " + *why + ".");
  return result;
}

json::array tag_list(const json::object& tags) {
  json::array result;
  for (const auto& [key, value] : tags) result.push_back(json::object{{"Key", key}, {"Value", value}});
  return result;
}

void merge_tags(json::object& tags, const json::object& added) {
  for (const auto& [key, value] : added) tags[key] = value;
  if (tags.size() > tags_max) refuse_value("There may be at most 50 tags.");
}

json::object stored_object(const std::string& text) {
  json::error_code malformed;
  json::parse_options options;
  options.max_depth = 128;
  json::value value = json::parse(text, malformed, {}, options);
  if (malformed || !value.is_object()) throw Error(ErrorKind::corrupt, "a stored document is no JSON object");
  return std::move(value.as_object());
}

double epoch_seconds(Instant instant) {
  return static_cast<double>(instant.time_since_epoch().count()) / 1000.0;
}

Page page_of(const json::object& request) {
  Page page;
  if (const auto limit = optional_integer(request, "Limit")) {
    if (*limit < 1 || *limit > 100) refuse_value("Limit must be between 1 and 100.");
    page.limit = static_cast<std::size_t>(*limit);
  }
  if (const auto token = optional_text(request, "NextToken")) {
    const auto name = from_base64(*token);
    if (!name) refuse_value("NextToken is not one of this service.");
    page.after = *name;
  }
  return page;
}

std::string next_token(const std::string& last) {
  return to_base64(last);
}

}  // namespace s3dr::services
