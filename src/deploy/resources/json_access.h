// Reading answers whose fields may be missing: "" and 0 instead of an exception, because what is missing
// shows as a difference in the plan. Internal to deploy/.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "aws/json_path.h"

namespace s3dr::deploy {

using aws::at;
using aws::list_at;
using aws::text_at;
std::int64_t number_at(const boost::json::value& value, std::initializer_list<std::string_view> path);
// Whole numbers as numbers, as the declaration writes them: 5.0 and "5" become 5.
boost::json::value normal_number(const boost::json::value& value);

// [{"Key": k, "Value": v}] as an object, in either spelling of the names.
boost::json::object tags_of_list(const boost::json::array& list);
boost::json::array list_of_tags(const boost::json::object& tags, std::string_view key = "Key",
                                std::string_view value = "Value");
boost::json::object tags_of(const boost::json::object& properties);

// Any of the fields is, or is below, `name`.
template <class Fields>
bool concerns(const Fields& fields, std::string_view name) {
  for (const auto& field : fields) {
    const std::string_view path = field.path;
    if (!path.starts_with(name)) continue;
    if (path.size() == name.size() || path[name.size()] == '.' || path[name.size()] == '[') return true;
  }
  return false;
}

}  // namespace s3dr::deploy
