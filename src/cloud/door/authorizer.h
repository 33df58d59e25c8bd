// Decides whether a caller may do something. The only place where requests of all services are judged by
// policies (aws/policy/policy.h): the policies of the caller's role, and the policy of the resource. What policies
// may ask about a request: cloud/door/condition_keys.h.
// Which action and resource a request needs: cloud/door/s3_access.h and cloud/door/service_access.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/policy.h"
#include "cloud/door/service.h"
#include "cloud/store/caller.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Who asks, and how the request arrived.
struct Asker {
  Caller caller;  // without an ARN: nobody signed the request
  std::string source_address;
  std::string user_agent;
  bool tls = false;
  std::string referer = {};
};
Asker asker_of(const Request& request);
Asker asker_of(const ServiceRequest& request);

// What is asked for.
struct Access {
  std::string action;                 // "s3:GetObject"
  std::string resource;               // an ARN, or "*"
  std::string resource_account = {};  // its owner; empty: the caller
  aws::PolicyContext context = {};    // condition keys of this action: "s3:prefix"
  std::optional<aws::Policy> resource_policy = {};
  // True: only the caller's identity policies are judged. The resource's policy is judged elsewhere.
  bool identity_only = false;
};

// The rules:
// - A role's session may do what the role's inline policies allow at this moment. Once the role is deleted it
//   may do nothing, even if a role of the same name is created again.
// - An account's own keys may do everything within the account.
// - Another account's resource needs both: the caller's identity policies and the resource's own policy.
aws::Decision decide(RegionContext& region, const Asker& asker, const Access& access);

// "User: arn:… is not authorized to perform: s3:GetObject on resource: arn:… because no identity-based policy
// allows the s3:GetObject action"
std::string denial(const Asker& asker, const Access& access, const aws::Decision& decision);

// Refuses AccessDenied with that sentence.
void require_access(RegionContext& region, const Asker& asker, const Access& access);

// The access that is needed to hand a role to a service: iam:PassRole with iam:PassedToService.
Access pass_role(const std::string& role_arn, const std::string& service);

// On whose behalf a service acts. Policies see it as aws:SourceArn and aws:SourceAccount. Empty: not stated.
struct ActsFor {
  std::string arn;
  std::string account;
};

// Whether the policy of a resource lets a service in: `service` "sns.amazonaws.com", `action`
// "lambda:InvokeFunction". An empty or unreadable policy lets nobody in.
bool lets_service_in(const std::string& policy, const std::string& service, const std::string& action,
                     const std::string& resource, const ActsFor& acts_for, Instant now);

// Why a service may not assume a role: the role does not exist, belongs to another account than `acts_for`,
// or its trust policy does not let the service in. nullopt: it may.
std::optional<std::string> why_not_assumable(RegionContext& region, const std::string& service,
                                             const std::string& role_arn, const ActsFor& acts_for);

// Whether the asker may assume that role. `context` holds sts:ExternalId and similar keys.
aws::Decision decide_assume_role(RegionContext& region, const Asker& asker, const Role& role,
                                 aws::PolicyContext context);

// Whether a role trusts a token of a registered identity provider. Such a request carries no signature.
// `context`: what is known about the token.
aws::Decision decide_web_identity(RegionContext& region, const Asker& asker, const Role& role,
                                  const std::string& provider_arn, aws::PolicyContext context);

}  // namespace s3dr::cloud
