// IAM policy documents as JSON: how statements are written, and a normal form. Two documents with the same
// meaning have the same normal form. Pure. Not an evaluator.
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

// The document of these statements, in normal form.
boost::json::object policy_document(const std::vector<Statement>& statements);

// The normal form. A single value becomes a list of one. Actions, resources, principals and condition values
// are sorted. Statements keep their order. A value that is not a policy is returned unchanged.
boost::json::value normal_policy(const boost::json::value& policy);
// The same from a text. A text that is not JSON is returned as a string, so that it is a difference.
boost::json::value normal_policy_of_text(std::string_view text);

// {"StringEquals": {"aws:ResourceAccount": ["111122223333"]}}
boost::json::object condition(std::string_view test, std::string_view key,
                              const std::vector<std::string>& values);

}  // namespace s3dr::deploy
