// Lenient reading of JSON that others write: what is missing, or of another type, reads as nothing ("" or null).
// The caller decides whether nothing is an error. Strict reading of our own documents is aws/json_fields.h.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace s3dr::aws {

// null: not JSON.
boost::json::value parse_or_null(std::string_view text);

// The value at the end of the path; null when there is none.
const boost::json::value& at(const boost::json::value& value, std::initializer_list<std::string_view> path);
std::string text_at(const boost::json::value& value, std::initializer_list<std::string_view> path);
// The elements; nothing when it is not a list.
const boost::json::array& list_at(const boost::json::value& value,
                                  std::initializer_list<std::string_view> path);

}  // namespace s3dr::aws
