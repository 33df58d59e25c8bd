// Every way in which a resource can differ from its declaration. The list is made from the declaration
// itself: each field with another value, removed, or with something added. Pure.
// Fields that cannot differ are listed with the reason (why_fixed). The test fails for a field that is
// neither changed nor listed.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "deploy/resources/resource.h"

namespace s3dr::sim {

struct Drift {
  std::string field;  // "environment.S3DR_MATCH_TAGS", "policies.calls.Statement[2].Action"
  std::string how;    // "changed", "removed", "added"
  boost::json::object after;
};

std::vector<Drift> drifts_of(const deploy::Resource& declared);

// The fields of the resource that hold a value or a list of values, except tags.
std::vector<std::string> fields_of(const deploy::Resource& declared);

// Why that field of a live resource can never differ; nullopt: it can.
std::optional<std::string> why_fixed(const deploy::Resource& declared, const std::string& field);

// Whether a path, as the plan names it, lies within that field.
bool lies_in(const std::string& path, const std::string& field);

}  // namespace s3dr::sim
