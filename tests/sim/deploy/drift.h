// Every way in which a resource can come to differ from its declaration, made from the declaration itself:
// each of its fields with another value, gone, or with something more in it. Pure. What cannot differ is
// listed with the reason (why_fixed); a field that is neither changed nor listed is a defect of the test, and
// fails it.
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

// The fields of the resource that hold a value or a list of values, tags aside.
std::vector<std::string> fields_of(const deploy::Resource& declared);

// Why that field of a live resource is never another one; nullopt: it can be.
std::optional<std::string> why_fixed(const deploy::Resource& declared, const std::string& field);

// A path as the plan names it lies in that field.
bool lies_in(const std::string& path, const std::string& field);

}  // namespace s3dr::sim
