// A second opinion on conditions of policies, written from the IAM User Guide alone ("IAM JSON policy elements:
// Condition operators", "Set operators for multivalued context keys"). It shares no code with aws/policy: the two are
// compared (policy_conditions.cc). Pure, without policy variables.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace s3dr::test {

// What the request says: the name of a key in lower case → its values. A key that is not in it is absent.
using OracleContext = std::map<std::string, std::vector<std::string>>;

// Every operator of the guide without its prefix and its ending: "StringNotLike".
const std::vector<std::string>& oracle_operators();

// Whether {"ForAnyValue:StringLikeIfExists": {key: written}} is true of the request.
bool oracle_holds(const std::string& operator_name, const std::string& key,
                  const std::vector<std::string>& written, const OracleContext& request);

}  // namespace s3dr::test
