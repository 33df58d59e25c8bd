// Reads the fields of a JSON request that are neither text nor number (json_protocol.h reads those), and tags
// in the form of AWS's JSON services. A wrong type is a ValidationException that names the field.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {

[[noreturn]] void refuse_value(const std::string& message);     // ValidationException
[[noreturn]] void refuse_unsupported(const std::string& what);  // 501, "… is not supported yet."

// nullptr: absent or null.
const boost::json::array* optional_array(const boost::json::object& object, std::string_view name);
const boost::json::object* optional_object(const boost::json::object& object, std::string_view name);
std::optional<bool> optional_boolean(const boost::json::object& object, std::string_view name);
// The elements of an array of texts; empty when it is absent.
std::vector<std::string> text_list(const boost::json::object& object, std::string_view name);
// Refuses with 501 a field that is not in `known`: no field may be ignored silently.
void refuse_other_fields(const boost::json::object& object, std::initializer_list<std::string_view> known,
                         const std::string& of_what);

// [{"Key", "Value"}] → {key: value}. Refuses the tags that cloud/services/common/resource_tags.h refuses.
boost::json::object tags_of(const boost::json::array* tags);
boost::json::array tag_list(const boost::json::object& tags);
// Adds tags and replaces those with the same key. Refuses more than 50 in all.
void merge_tags(boost::json::object& tags, const boost::json::object& added);

// Parses JSON from the database, which this program wrote itself.
boost::json::object stored_object(const std::string& text);

double epoch_seconds(Instant instant);  // how JSON 1.1 writes times

// One page of a list in order of name: at most `Limit` items (1–100, default 100).
// NextToken is the last name, encoded.
struct Page {
  std::size_t limit = 100;
  std::string after;
};
Page page_of(const boost::json::object& request);
std::string next_token(const std::string& last);

}  // namespace s3dr::services
