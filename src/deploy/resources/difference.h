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

// The fields that differ. Fields of `declared` come first, in its order. Fields present only in the live
// resource are listed last.
// Objects are compared by key. Lists of the same length are compared element by element, other lists as a
// whole. Under "tags", what others have added is no difference.
std::vector<FieldChange> differences(const boost::json::object& live, const boost::json::object& declared);

// A value for a table: short texts unchanged, everything else as JSON.
std::string shown(const std::optional<boost::json::value>& value);

}  // namespace s3dr::deploy
