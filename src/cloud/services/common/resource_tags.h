// Tags of the services' resources: how they are kept in a table, and which ones are refused. The refusal's
// code is each service's own.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace s3dr::services {

using ResourceTags = std::map<std::string, std::string>;

// As the `tags` columns keep them: a JSON object, key → value.
std::string to_tags_column(const ResourceTags& tags);
ResourceTags from_tags_column(std::string_view text);

// Why AWS would refuse the set (over 50, "aws:" keys, too long); nullopt: fine.
std::optional<std::string> why_refused(const ResourceTags& tags);
// The same of a JSON object of texts.
std::optional<std::string> why_refused(const boost::json::object& tags);

}  // namespace s3dr::services
