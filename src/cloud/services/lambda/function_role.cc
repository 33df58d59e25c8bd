#include "cloud/services/lambda/function_role.h"

#include <utility>

#include "aws/arn.h"
#include "cloud/door/authorizer.h"
#include "cloud/services/common/target_policy.h"
#include "cloud/services/iam/sessions.h"
#include "cloud/services/logs/logs_store.h"

namespace s3dr::services {
namespace {

constexpr std::chrono::seconds session_duration{3600};
const std::string service = "lambda.amazonaws.com";

std::optional<std::string> why_role_may_not(cloud::RegionContext& region, const FunctionDescription& function,
                                            const cloud::Access& access) {
  const auto role = region.global.roles().find_by_arn(function.role);
  if (!role) return "there is no role " + function.role;
  cloud::AccessKey key;
  key.account = role->account;
  key.role_name = role->name;
  key.role_id = role->id;
  key.session_name = function.name;
  cloud::Asker asker;
  asker.caller = cloud::caller_of(key);
  asker.source_address = service;
  asker.user_agent = service;
  asker.tls = true;
  const aws::Decision decision = cloud::decide(region, asker, access);
  if (decision.allowed()) return std::nullopt;
  return cloud::denial(asker, access, decision);
}

}  // namespace

std::optional<std::string> why_role_not_assumable(cloud::RegionContext& region, const std::string& role_arn,
                                                  const std::string& function_arn,
                                                  const std::string& account) {
  return cloud::why_not_assumable(region, service, role_arn, cloud::ActsFor{function_arn, account});
}

std::expected<aws::Credentials, std::string> function_credentials(cloud::RegionContext& region,
                                                                  const FunctionDescription& function) {
  auto key = assume_for_service(region, service, function.role, function.name, session_duration,
                                cloud::ActsFor{function.arn, function.account});
  if (!key) return std::unexpected(std::move(key.error()));
  return aws::Credentials{key->access_key_id, key->secret_access_key, key->session_token};
}

std::optional<std::string> why_role_may_not_send(cloud::RegionContext& region,
                                                 const FunctionDescription& function,
                                                 const std::string& target_arn) {
  const auto arn = aws::parse_arn(target_arn);
  if (!arn) return "the target is no ARN: " + target_arn;
  if (arn->region != region.options.region.text()) return "the target is in another region: " + target_arn;
  cloud::Access access{delivery_action(arn->service), target_arn, arn->account};
  const std::string policy = target_policy(region.database.reader(), target_arn).value_or("");
  try {
    if (!policy.empty()) access.resource_policy = aws::parse_policy(policy, aws::PolicyUse::resource);
  } catch (const Error& error) {
    return "the policy of " + target_arn + " cannot be read: " + error.message();
  }
  return why_role_may_not(region, function, access);
}

std::optional<std::string> why_role_may_not_log(cloud::RegionContext& region,
                                                const FunctionDescription& function,
                                                const std::string& stream) {
  const std::string group = "arn:aws:logs:" + region.options.region.text() + ":" + function.account +
                            ":log-group:" + function.log_group;
  if (!find_log_group(region.database.reader(), function.account, function.log_group)) {
    if (auto why = why_role_may_not(region, function, {"logs:CreateLogGroup", group + ":*"})) return why;
  }
  if (auto why = why_role_may_not(region, function, {"logs:CreateLogStream", group + ":*"})) return why;
  return why_role_may_not(region, function, {"logs:PutLogEvents", group + ":log-stream:" + stream});
}

}  // namespace s3dr::services
