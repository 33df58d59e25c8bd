// Tags in JSON requests and answers: as a list [{"Key", "Value"}] or as a map {key: value}, by service. How tables
// keep them, and which ones are refused: resource_tags.h.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "cloud/services/common/json_fields.h"

namespace s3dr::services {

// Both return {key: value}; empty if the field is absent. Both refuse the tags that resource_tags.h refuses.
boost::json::object tags_of_list(const boost::json::object& given, std::string_view name);
boost::json::object tags_of_map(const boost::json::object& given, std::string_view name,
                                const FieldWords& words);

// {key: value} as [{"Key", "Value"}].
boost::json::array tag_list(const boost::json::object& tags);

// Adds tags and replaces those with the same key. Refuses more than 50 in all with the message `too_many`.
void merge_tags(boost::json::object& tags, const boost::json::object& added,
                const std::string& too_many = "There may be at most 50 tags.",
                const FieldWords& words = validation_words);

}  // namespace s3dr::services
