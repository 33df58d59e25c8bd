// The tags of the services' resources: how a table keeps them, and which ones are refused. Each service has
// its own error code for the refusal.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace s3dr::services {

using ResourceTags = std::map<std::string, std::string>;

// The form of the `tags` columns: a JSON object, key → value.
std::string to_tags_column(const ResourceTags& tags);
ResourceTags from_tags_column(std::string_view text);

// Why AWS would refuse the set (over 50 tags, "aws:" keys, too long); nullopt: it is accepted.
std::optional<std::string> why_refused(const ResourceTags& tags);
// The same for a JSON object of texts.
std::optional<std::string> why_refused(const boost::json::object& tags);

}  // namespace s3dr::services
