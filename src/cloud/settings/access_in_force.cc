#include "cloud/settings/access_in_force.h"

#include <algorithm>
#include <utility>

#include "base/http_message.h"
#include "cloud/settings/acl.h"
#include "cloud/settings/bucket_settings.h"

namespace s3dr::cloud {
namespace {

// Keys that make a statement for everybody not public, if their values are fixed (S3 User Guide, The meaning of
// "public").
constexpr std::string_view narrowing_keys[] = {"aws:principalorgid",
                                               "aws:principalorgpaths",
                                               "aws:sourceaccount",
                                               "aws:sourcearn",
                                               "aws:sourceip",
                                               "aws:sourceowner",
                                               "aws:sourcevpc",
                                               "aws:sourcevpce",
                                               "aws:userid",
                                               "aws:principalarn",
                                               "aws:principalaccount",
                                               "s3:dataaccesspointarn",
                                               "s3:dataaccesspointaccount"};

bool narrows(const aws::Condition& condition) {
  const bool known = std::ranges::find(narrowing_keys, lower_case(condition.key)) != std::end(narrowing_keys);
  if (!known || condition.op.negated || condition.op.if_exists) return false;
  return std::ranges::none_of(condition.values, [](const std::string& value) {
    return value.find_first_of("*?$") != std::string::npos || value.ends_with("/0");
  });
}

bool is_open(const aws::PolicyStatement& statement) {
  if (statement.effect != aws::Effect::allow) return false;
  const bool for_everybody =
      statement.not_principals || (statement.principals && statement.principals->anyone);
  return for_everybody && std::ranges::none_of(statement.conditions, narrows);
}

aws::PolicyStatement statement_for(std::vector<std::string> actions, const std::string& arn) {
  aws::PolicyStatement statement;
  statement.principals.emplace().anyone = true;
  statement.actions = std::move(actions);
  statement.resources = {arn};
  return statement;
}

}  // namespace

bool is_public(const aws::Policy& policy) {
  return std::ranges::any_of(policy.statements, is_open);
}

std::optional<aws::Policy> policy_for_strangers(Connection& db, std::int64_t bucket, const std::string& arn,
                                                const std::string& owner, const Stranger& caller,
                                                std::optional<aws::Policy> policy) {
  const PublicAccessBlock block = public_access_block_of(db, bucket);
  const bool unpaid = requester_pays(db, bucket) && !caller.agrees_to_pay;
  if (policy && (unpaid || (block.restrict && is_public(*policy)))) {
    std::erase_if(policy->statements, [](const aws::PolicyStatement& statement) {
      return statement.effect == aws::Effect::allow;
    });
  }
  if (unpaid) return policy;
  auto actions = actions_given(bucket_acl(db, bucket, owner), caller.id, !block.ignore_acls);
  if (actions.empty()) return policy;
  if (!policy) policy.emplace();
  policy->statements.push_back(statement_for(std::move(actions), arn));
  return policy;
}

}  // namespace s3dr::cloud
