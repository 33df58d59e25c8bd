#include "cloud/door/policy_keys.h"

#include <algorithm>
#include <functional>

#include "base/http_message.h"
#include "cloud/door/condition_keys.h"

namespace s3dr::cloud {

bool names_key(std::string_view row, std::string_view key) {
  if (!row.ends_with('/')) return equals_ignoring_case(row, key);
  return key.size() > row.size() && equals_ignoring_case(row, key.substr(0, row.size()));
}

namespace {

// Service Authorization Reference.
constexpr ServiceKey services[] = {
    {"cloudwatch:AlarmActions", false},
    {"cloudwatch:namespace", false},
    {"cloudwatch:requestInsightRuleLogGroups", false},
    {"cloudwatch:requestManagedResourceARNs", false},
    {"events:creatorAccount", false},
    {"events:detail-type", false},
    {"events:detail.eventTypeCode", false},
    {"events:detail.service", false},
    {"events:detail.userIdentity.principalId", false},
    {"events:EventBusArn", false},
    {"events:eventBusInvocation", false},
    {"events:ManagedBy", false},
    {"events:source", false},
    {"events:TargetArn", false},
    {"iam:AccountPropertyNamespaces", false},
    {"iam:AssociatedResourceArn", false},
    {"iam:AWSServiceName", false},
    {"iam:DelegationDuration", false},
    {"iam:DelegationRequestOwner", false},
    {"iam:FIDO-certification", false},
    {"iam:FIDO-FIPS-140-2-certification", false},
    {"iam:FIDO-FIPS-140-3-certification", false},
    {"iam:NotificationChannel", false},
    {"iam:OrganizationsPolicyId", false},
    {"iam:PassedToService", true},
    {"iam:PermissionsBoundary", false},
    {"iam:PolicyARN", false},
    {"iam:RegisterSecurityKey", false},
    {"iam:ResourceTag/", false},
    {"iam:RoleTemplateARN", false},
    {"iam:ServiceSpecificCredentialAgeDays", false},
    {"iam:ServiceSpecificCredentialServiceName", false},
    {"iam:TemplateArn", false},
    {"lambda:CodeSigningConfigArn", false},
    {"lambda:EventSourceToken", false},
    {"lambda:FunctionArn", false},
    {"lambda:FunctionUrlAuthType", false},
    {"lambda:InvokedViaFunctionUrl", false},
    {"lambda:Layer", false},
    {"lambda:Principal", false},
    {"lambda:SecurityGroupIds", false},
    {"lambda:SubnetIds", false},
    {"lambda:VpcIds", false},
    {"logs:DeliveryDestinationResourceArn", false},
    {"logs:LogGeneratingResourceArns", false},
    {"sns:Endpoint", false},
    {"sns:Protocol", false},
    {"sts:AWSServiceName", false},
    {"sts:DurationSeconds", false},
    {"sts:ExternalId", true},
    {"sts:IdentityTokenAudience", false},
    {"sts:RequestContext/", false},
    {"sts:RequestContextProviders", false},
    {"sts:RoleSessionName", true},
    {"sts:SigningAlgorithm", false},
    {"sts:SourceIdentity", false},
    {"sts:TaskPolicyArn", false},
    {"sts:TransitiveTagKeys", false},
};

template <class Row>
const Row* row_of(std::span<const Row> rows, std::string_view key) {
  const auto found = std::ranges::find_if(rows, [key](const Row& row) { return names_key(row.name, key); });
  return found == rows.end() ? nullptr : &*found;
}

bool action_names(const std::string& written, const std::string& action) {
  const auto pattern = aws::make_pattern(written, {}, aws::Wildcards::act, aws::Variables::plain);
  return aws::matches(*pattern, action, aws::Letters::any_case);
}

std::vector<std::string> actions_of(const S3Key& key) {
  std::vector<std::string> actions;
  std::string_view rest = key.actions;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    actions.push_back("s3:" + std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return actions;
}

// Every action that is written out must know the key, and of a pattern at least one.
bool applies(const S3Key& key, const aws::PolicyStatement& statement) {
  if (key.actions.empty() || !key.name.starts_with("s3:")) return true;
  const std::vector<std::string> known = actions_of(key);
  const auto named = [&](const std::string& written) {
    return std::ranges::any_of(known,
                               [&](const std::string& action) { return action_names(written, action); });
  };
  if (!statement.not_actions) return std::ranges::all_of(statement.actions, named);
  return std::ranges::any_of(known, [&](const std::string& action) {
    return std::ranges::none_of(statement.actions,
                                [&](const std::string& written) { return action_names(written, action); });
  });
}

bool only_of_s3(const aws::PolicyStatement& statement) {
  return !statement.not_actions && std::ranges::all_of(statement.actions, [](const std::string& action) {
    return lower_case(action).starts_with("s3:");
  });
}

// Known to AWS, in requests there, and not in those of this cloud.
bool is_not_evaluated(std::string_view key, const aws::PolicyStatement& statement, aws::PolicyUse use) {
  if (const GlobalKey* row = row_of(global_keys(), key)) {
    if (row->scope == KeyScope::trust_policies) return use != aws::PolicyUse::trust;
    if (row->scope == KeyScope::s3_requests) return !only_of_s3(statement);
    return row->scope == KeyScope::nowhere;
  }
  const ServiceKey* row = row_of(service_keys(), key);
  return row != nullptr && !row->evaluated;
}

// The keys of "${…}" in a text.
void for_each_variable(const std::string& text, const std::function<void(const std::string&)>& visit) {
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 2)) {
    const std::size_t end = text.find_first_of("},", at);
    if (end == std::string::npos) return;
    std::string key = text.substr(at + 2, end - at - 2);
    while (key.ends_with(' ')) key.pop_back();
    while (key.starts_with(' ')) key.erase(0, 1);
    visit(key);
  }
}

void for_each_key(const aws::Policy& policy,
                  const std::function<void(const std::string&, const aws::PolicyStatement&)>& visit) {
  const bool variables = policy.variables == aws::Variables::replaced;
  for (const aws::PolicyStatement& statement : policy.statements) {
    const auto visit_variable = [&](const std::string& key) { visit(key, statement); };
    for (const aws::Condition& condition : statement.conditions) {
      visit(condition.key, statement);
      for (const std::string& value : condition.values) {
        if (variables) for_each_variable(value, visit_variable);
      }
    }
    for (const std::string& resource : statement.resources) {
      if (variables) for_each_variable(resource, visit_variable);
    }
  }
}

}  // namespace

std::span<const ServiceKey> service_keys() {
  return services;
}

void check_keys_of_bucket_policy(const aws::Policy& policy) {
  for (const aws::PolicyStatement& statement : policy.statements) {
    for (const aws::Condition& condition : statement.conditions) {
      const S3Key* key = row_of(s3_keys(), condition.key);
      if (key == nullptr && row_of(global_keys(), condition.key) == nullptr)
        throw refuse("MalformedPolicy", "Policy has an invalid condition key");
      if (key != nullptr && !applies(*key, statement))
        throw refuse("MalformedPolicy",
                     "Conditions do not apply to combination of actions and resources in statement");
    }
  }
  for_each_key(policy, [](const std::string& key, const aws::PolicyStatement& statement) {
    const GlobalKey* row = row_of(global_keys(), key);
    const bool of_s3 = row != nullptr && row->scope == KeyScope::s3_requests;
    if (!of_s3 && is_not_evaluated(key, statement, aws::PolicyUse::resource))
      throw refuse("NotImplemented", not_evaluated_message(key));
  });
}

std::optional<std::string> key_not_evaluated(const aws::Policy& policy, aws::PolicyUse use) {
  std::optional<std::string> found;
  for_each_key(policy, [&](const std::string& key, const aws::PolicyStatement& statement) {
    if (!found && is_not_evaluated(key, statement, use)) found = key;
  });
  return found;
}

std::string not_evaluated_message(const std::string& key) {
  return "The condition key " + key + " is not evaluated here.";
}

}  // namespace s3dr::cloud
