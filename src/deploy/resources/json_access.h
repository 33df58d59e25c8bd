// Reads answers whose fields may be missing. A missing field gives "" or 0 instead of an exception: the plan
// then shows it as a difference. Internal to deploy/.
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
// Whole numbers as the declaration writes them: 5.0 and "5" become 5.
boost::json::value normal_number(const boost::json::value& value);

// [{"Key": k, "Value": v}] as an object. The names may be in either spelling.
boost::json::object tags_of_list(const boost::json::array& list);
boost::json::array list_of_tags(const boost::json::object& tags, std::string_view key = "Key",
                                std::string_view value = "Value");
boost::json::object tags_of(const boost::json::object& properties);

// True: the path of one of the fields is `name` or below it.
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
