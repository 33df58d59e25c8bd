#include "aws/json_path.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

const json::value nothing;
const json::array no_elements;

}  // namespace

json::value parse_or_null(std::string_view text) {
  json::error_code failure;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failure);
  return failure ? json::value() : value;
}

const json::value& at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value* here = &value;
  for (const std::string_view name : path) {
    const json::object* object = here->if_object();
    const json::value* next = object == nullptr ? nullptr : object->if_contains(name);
    if (next == nullptr) return nothing;
    here = next;
  }
  return *here;
}

std::string text_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value& found = at(value, path);
  return found.is_string() ? std::string(found.get_string()) : std::string();
}

const json::array& list_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value& found = at(value, path);
  return found.is_array() ? found.get_array() : no_elements;
}

}  // namespace s3dr::aws
