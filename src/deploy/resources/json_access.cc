#include "deploy/resources/json_access.h"

#include <charconv>
#include <cmath>

namespace s3dr::deploy {

namespace json = boost::json;

std::int64_t number_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value found = normal_number(at(value, path));
  return found.is_int64() ? found.get_int64() : 0;
}

json::value normal_number(const json::value& value) {
  if (value.is_uint64()) return static_cast<std::int64_t>(value.get_uint64());
  if (value.is_double()) {
    const double number = value.get_double();
    constexpr double exact_max = 9e15;
    if (std::abs(number) < exact_max && std::trunc(number) == number)
      return static_cast<std::int64_t>(number);
    return value;
  }
  if (value.is_string()) {
    const json::string& text = value.get_string();
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc() && end == text.data() + text.size() && !text.empty()) return number;
  }
  return value;
}

json::object tags_of_list(const json::array& list) {
  json::object result;
  for (const json::value& tag : list) {
    for (const auto& [key, value] : {std::pair{"Key", "Value"}, std::pair{"key", "value"}}) {
      const std::string name = text_at(tag, {key});
      if (!name.empty()) result[name] = text_at(tag, {value});
    }
  }
  return result;
}

json::array list_of_tags(const json::object& tags, std::string_view key, std::string_view value) {
  json::array result;
  for (const auto& [name, text] : tags) result.push_back(json::object{{key, name}, {value, text}});
  return result;
}

json::object tags_of(const json::object& properties) {
  const json::value* tags = properties.if_contains("tags");
  return tags != nullptr && tags->is_object() ? tags->get_object() : json::object();
}

}  // namespace s3dr::deploy
