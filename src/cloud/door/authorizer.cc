#include "cloud/door/authorizer.h"

#include <utility>

#include "aws/arn.h"
#include "base/encoding.h"

namespace s3dr::cloud {
namespace {

// The role of a session. None if the role was deleted, also when another role now has its name.
std::optional<Role> role_of(RegionContext& region, const Caller& caller) {
  if (caller.role_name.empty()) return std::nullopt;
  auto role = region.global.roles().find(caller.account, caller.role_name);
  if (role && role->id != caller.role_id) role.reset();
  return role;
}

aws::Requester requester_of(const Caller& caller, const std::optional<Role>& role) {
  aws::Requester requester;
  if (caller.arn.empty()) return requester;
  requester.kind = caller.role_name.empty() ? aws::Requester::Kind::root : aws::Requester::Kind::session;
  requester.account = caller.account.text();
  requester.arn = caller.arn;
  if (role) requester.role_arn = role->arn();
  return requester;
}

std::vector<aws::NamedPolicy> policies_of(RegionContext& region, const std::optional<Role>& role) {
  std::vector<aws::NamedPolicy> result;
  if (!role) return result;
  for (const auto& [name, document] : region.global.roles().policies(role->id))
    result.push_back({name, aws::parse_policy(document, aws::PolicyUse::identity)});
  return result;
}

// "127.0.0.1:4711" and "[::1]:4711" without the port.
std::string address_only(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::string(text);
  text = text.substr(0, colon);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

void add_time(aws::PolicyContext& context, Instant now) {
  context.set("aws:CurrentTime", to_iso8601_seconds(now));
  context.set(
      "aws:EpochTime",
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()));
}

// The keys that go with every request (IAM reference, Global condition context keys).
void add_global_keys(aws::PolicyContext& context, RegionContext& region, const Asker& asker,
                     const aws::Requester& requester, const std::string& resource_account) {
  const Caller& caller = asker.caller;
  const bool is_session = requester.kind == aws::Requester::Kind::session;
  add_time(context, region.clock.now());
  if (!asker.source_address.empty()) context.set("aws:SourceIp", address_only(asker.source_address));
  if (!asker.user_agent.empty()) context.set("aws:UserAgent", asker.user_agent);
  context.set("aws:SecureTransport", asker.tls ? "true" : "false");
  context.set("aws:RequestedRegion", region.options.region.text());
  context.set("aws:PrincipalType", is_session ? "AssumedRole" : "Account");
  context.set("aws:PrincipalIsAWSService", "false");
  context.set("aws:ViaAWSService", "false");
  context.set("aws:userid", caller.user_id);
  context.set("aws:PrincipalAccount", caller.account.text());
  // For a session it is the ARN of its role.
  context.set("aws:PrincipalArn", is_session ? requester.role_arn : caller.arn);
  context.set("aws:ResourceAccount", resource_account);
}

void add_role_tags(aws::PolicyContext& context, const std::optional<Role>& role) {
  if (!role) return;
  for (const auto& [key, value] : role->tags) context.set("aws:PrincipalTag/" + key, value);
}

void add_service_keys(aws::PolicyContext& context, const ActsFor& acts_for, Instant now) {
  add_time(context, now);
  context.set("aws:PrincipalIsAWSService", "true");
  if (!acts_for.arn.empty()) context.set("aws:SourceArn", acts_for.arn);
  if (!acts_for.account.empty()) context.set("aws:SourceAccount", acts_for.account);
}

aws::Requester service_requester(const std::string& service) {
  aws::Requester requester;
  requester.kind = aws::Requester::Kind::service;
  requester.service = service;
  return requester;
}

}  // namespace

Asker asker_of(const Request& request) {
  return {request.caller, request.source_address, request.user_agent, request.tls};
}

Asker asker_of(const ServiceRequest& request) {
  return {request.caller, request.source_address, request.user_agent, request.tls};
}

aws::Decision decide(RegionContext& region, const Asker& asker, const Access& access) {
  const std::string& own = asker.caller.account.text();
  const std::string& owner = access.resource_account.empty() ? own : access.resource_account;
  const auto role = role_of(region, asker.caller);
  aws::AccessRequest request;
  request.requester = requester_of(asker.caller, role);
  request.action = access.action;
  request.resource = access.resource;
  request.context = access.context;
  add_global_keys(request.context, region, asker, request.requester, owner);
  add_role_tags(request.context, role);
  const bool same = owner == own || access.identity_only;
  return aws::evaluate(request, policies_of(region, role),
                       access.resource_policy ? &*access.resource_policy : nullptr,
                       same ? aws::Accounts::same : aws::Accounts::cross);
}

std::string denial(const Asker& asker, const Access& access, const aws::Decision& decision) {
  return "User: " + asker.caller.arn + " is not authorized to perform: " + access.action +
         (access.resource == "*" ? "" : " on resource: " + access.resource) + " " +
         aws::explain(decision, access.action);
}

void require_access(RegionContext& region, const Asker& asker, const Access& access) {
  const aws::Decision decision = decide(region, asker, access);
  if (decision.allowed()) return;
  throw refuse("AccessDenied", denial(asker, access, decision)).with_region(region.options.region.text());
}

Access pass_role(const std::string& role_arn, const std::string& service) {
  Access access{"iam:PassRole", role_arn};
  // A role can only be passed on within its account.
  if (const auto arn = aws::parse_arn(role_arn)) access.resource_account = arn->account;
  access.context.set("iam:PassedToService", service);
  return access;
}

bool lets_service_in(const std::string& policy, const std::string& service, const std::string& action,
                     const std::string& resource, const ActsFor& acts_for, Instant now) {
  if (policy.empty()) return false;
  aws::AccessRequest request{service_requester(service), action, resource, {}};
  add_service_keys(request.context, acts_for, now);
  try {
    const aws::Policy parsed = aws::parse_policy(policy, aws::PolicyUse::resource);
    return aws::evaluate(request, {}, &parsed, aws::Accounts::same).allowed();
  } catch (const Error&) {
    return false;  // who set the policy should have refused it; in doubt nobody is let in
  }
}

std::optional<std::string> why_not_assumable(RegionContext& region, const std::string& service,
                                             const std::string& role_arn, const ActsFor& acts_for) {
  const auto role = region.global.roles().find_by_arn(role_arn);
  if (!role) return "there is no role " + role_arn;
  if (!acts_for.account.empty() && role->account.text() != acts_for.account)
    return "the role " + role_arn + " belongs to another account";
  aws::AccessRequest request{service_requester(service), "sts:AssumeRole", role_arn, {}};
  add_service_keys(request.context, acts_for, region.clock.now());
  const aws::Policy trust = aws::parse_policy(role->trust, aws::PolicyUse::trust);
  const aws::Decision decision = aws::evaluate_trust(request, {}, trust, aws::Accounts::same);
  if (decision.allowed()) return std::nullopt;
  return "the trust policy of " + role_arn + " does not let " + service + " assume it";
}

aws::Decision decide_assume_role(RegionContext& region, const Asker& asker, const Role& role,
                                 aws::PolicyContext context) {
  const auto own_role = role_of(region, asker.caller);
  aws::AccessRequest request;
  request.requester = requester_of(asker.caller, own_role);
  request.action = "sts:AssumeRole";
  request.resource = role.arn();
  request.context = std::move(context);
  add_global_keys(request.context, region, asker, request.requester, role.account.text());
  add_role_tags(request.context, own_role);
  const aws::Policy trust = aws::parse_policy(role.trust, aws::PolicyUse::trust);
  const bool same = role.account == asker.caller.account;
  return aws::evaluate_trust(request, policies_of(region, own_role), trust,
                             same ? aws::Accounts::same : aws::Accounts::cross);
}

aws::Decision decide_web_identity(RegionContext& region, const Asker& asker, const Role& role,
                                  const std::string& provider_arn, aws::PolicyContext context) {
  aws::AccessRequest request;
  request.requester.kind = aws::Requester::Kind::federated;
  request.requester.arn = provider_arn;
  request.action = "sts:AssumeRoleWithWebIdentity";
  request.resource = role.arn();
  request.context = std::move(context);
  add_time(request.context, region.clock.now());
  if (!asker.source_address.empty()) request.context.set("aws:SourceIp", address_only(asker.source_address));
  if (!asker.user_agent.empty()) request.context.set("aws:UserAgent", asker.user_agent);
  request.context.set("aws:SecureTransport", asker.tls ? "true" : "false");
  request.context.set("aws:RequestedRegion", region.options.region.text());
  request.context.set("aws:FederatedProvider", provider_arn);
  request.context.set("aws:ResourceAccount", role.account.text());
  const aws::Policy trust = aws::parse_policy(role.trust, aws::PolicyUse::trust);
  return aws::evaluate_trust(request, {}, trust, aws::Accounts::same);
}

}  // namespace s3dr::cloud
