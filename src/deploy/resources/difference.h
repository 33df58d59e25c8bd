// Two JSON values compared field by field. Pure.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace s3dr::deploy {

struct FieldChange {
  std::string path;  // "environment.S3DR_MATCH_TAGS", "policies.calls.Statement[2].Action"
  std::optional<boost::json::value> live, declared;  // nullopt: not there
  bool operator==(const FieldChange&) const = default;
};

// What differs, in the declared order; what is live alone comes after. Objects are compared by key, lists of
// the same length element by element, other lists as a whole. Under "tags"
// what others have added is no difference.
std::vector<FieldChange> differences(const boost::json::object& live, const boost::json::object& declared);

// A value for a table: short texts as they are, the rest as JSON.
std::string shown(const std::optional<boost::json::value>& value);

}  // namespace s3dr::deploy
