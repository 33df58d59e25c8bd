#include "cloud/door/authorizer.h"

#include <utility>

#include "aws/arn.h"
#include "cloud/door/condition_keys.h"

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

GlobalFacts facts_of(RegionContext& region, const Asker& asker, const aws::Requester& requester,
                     const std::optional<Role>& role, const std::string& resource_account) {
  GlobalFacts facts{region.clock.now(), region.options.region.text(), &asker, requester};
  if (role) facts.role_tags = &role->tags;
  facts.resource_account = resource_account;
  return facts;
}

// Of a service that acts for itself.
GlobalFacts facts_of(const aws::Requester& requester, const ActsFor& acts_for, Instant now) {
  GlobalFacts facts{now, "", nullptr, requester};
  facts.acts_for = acts_for;
  return facts;
}

aws::Requester service_requester(const std::string& service) {
  aws::Requester requester;
  requester.kind = aws::Requester::Kind::service;
  requester.service = service;
  return requester;
}

}  // namespace

Asker asker_of(const Request& request) {
  return {request.caller, request.source_address, request.user_agent, request.tls,
          std::string(request.headers.get_or("referer", ""))};
}

Asker asker_of(const ServiceRequest& request) {
  return {request.caller, request.source_address, request.user_agent, request.tls,
          std::string(request.headers.get_or("referer", ""))};
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
  add_global_keys(request.context, facts_of(region, asker, request.requester, role, owner));
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
  add_global_keys(request.context, facts_of(request.requester, acts_for, now));
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
  add_global_keys(request.context, facts_of(request.requester, acts_for, region.clock.now()));
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
  add_global_keys(request.context, facts_of(region, asker, request.requester, own_role, role.account.text()));
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
  add_global_keys(request.context,
                  facts_of(region, asker, request.requester, std::nullopt, role.account.text()));
  const aws::Policy trust = aws::parse_policy(role.trust, aws::PolicyUse::trust);
  return aws::evaluate_trust(request, {}, trust, aws::Accounts::same);
}

}  // namespace s3dr::cloud
