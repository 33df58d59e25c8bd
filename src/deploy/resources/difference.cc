#include "deploy/resources/difference.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

void compare(const std::string& path, const json::value& live, const json::value& declared,
             std::vector<FieldChange>& found);

std::string below(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

void compare_objects(const std::string& path, const json::object& live, const json::object& declared,
                     std::vector<FieldChange>& found) {
  for (const auto& [key, value] : declared) {
    const json::value* other = live.if_contains(key);
    if (other == nullptr) {
      found.push_back({below(path, key), std::nullopt, value});
    } else {
      compare(below(path, key), *other, value, found);
    }
  }
  if (path == "tags") return;  // others tag for their own purposes
  for (const auto& [key, value] : live) {
    if (!declared.contains(key)) found.push_back({below(path, key), value, std::nullopt});
  }
}

void compare(const std::string& path, const json::value& live, const json::value& declared,
             std::vector<FieldChange>& found) {
  if (live == declared) return;
  if (live.is_object() && declared.is_object()) {
    compare_objects(path, live.get_object(), declared.get_object(), found);
    return;
  }
  if (live.is_array() && declared.is_array() && live.get_array().size() == declared.get_array().size()) {
    for (std::size_t i = 0; i < live.get_array().size(); ++i) {
      compare(path + "[" + std::to_string(i) + "]", live.get_array()[i], declared.get_array()[i], found);
    }
    return;
  }
  found.push_back({path, live, declared});
}

}  // namespace

std::vector<FieldChange> differences(const json::object& live, const json::object& declared) {
  std::vector<FieldChange> found;
  compare_objects("", live, declared, found);
  return found;
}

std::string shown(const std::optional<json::value>& value) {
  if (!value) return "(none)";
  if (value->is_string()) return std::string(value->get_string());
  return json::serialize(*value);
}

}  // namespace s3dr::deploy
