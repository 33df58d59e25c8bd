// IAM policy documents as JSON: how statements are written down, and the normal form in which two documents
// that mean the same are equal. Pure. Not an evaluator.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::deploy {

struct Statement {
  std::string sid;
  boost::json::object principal;  // {"Service": …} or {"AWS": …}; empty in the policy of a role
  std::vector<std::string> actions;
  std::vector<std::string> resources;  // empty in a trust policy
  boost::json::object condition;
};

// In normal form.
boost::json::object policy_document(const std::vector<Statement>& statements);

// Lists of one and single values are the same, and so is the order of a list: actions, resources, principals
// and condition values become sorted lists. Statements keep their order. A value that is no policy comes back
// as it is.
boost::json::value normal_policy(const boost::json::value& policy);
// The same from a text; one that is not JSON comes back as a string, so that it is a difference.
boost::json::value normal_policy_of_text(std::string_view text);

// {"StringEquals": {"aws:ResourceAccount": ["111122223333"]}}
boost::json::object condition(std::string_view test, std::string_view key,
                              const std::vector<std::string>& values);

}  // namespace s3dr::deploy
