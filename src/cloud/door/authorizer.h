// May this caller do this? The one place where requests of every service meet the policies (aws/policy/policy.h):
// what a caller's role is allowed, what a resource's own policy says, and what a policy may ask about the
// request. Which action and resource a request needs: cloud/door/s3_access.h and cloud/door/service_access.h.
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

// Who asks, and how the request came.
struct Asker {
  Caller caller;
  std::string source_address;
  std::string user_agent;
  bool tls = false;
};
Asker asker_of(const Request& request);
Asker asker_of(const ServiceRequest& request);

// What is asked for.
struct Access {
  std::string action;                 // "s3:GetObject"
  std::string resource;               // an ARN, or "*"
  std::string resource_account = {};  // its owner; empty: the caller
  aws::PolicyContext context = {};    // keys of the action's own: "s3:prefix"
  std::optional<aws::Policy> resource_policy = {};
  // Nothing but the caller's identity policies is asked: what else there is to consent, another place asks.
  bool identity_only = false;
};

// A role's session has what its role's inline policies allow at this moment (none once the role is gone or
// made anew), an account's own keys everything within the account. Another account's resource needs both: the
// caller's identity policies, and the resource's own policy.
aws::Decision decide(RegionContext& region, const Asker& asker, const Access& access);

// "User: arn:… is not authorized to perform: s3:GetObject on resource: arn:… because no identity-based policy
// allows the s3:GetObject action"
std::string denial(const Asker& asker, const Access& access, const aws::Decision& decision);

// Refuses AccessDenied with that sentence.
void require_access(RegionContext& region, const Asker& asker, const Access& access);

// What handing a role to a service needs: iam:PassRole with iam:PassedToService.
Access pass_role(const std::string& role_arn, const std::string& service);

// Whom a service acts for: what policies see as aws:SourceArn and aws:SourceAccount. Empty: not stated.
struct ActsFor {
  std::string arn;
  std::string account;
};

// Whether the policy of a resource lets a service's principal in ("sns.amazonaws.com",
// "lambda:InvokeFunction"). An empty or unreadable policy lets nobody in.
bool lets_service_in(const std::string& policy, const std::string& service, const std::string& action,
                     const std::string& resource, const ActsFor& acts_for, Instant now);

// Why a service may not assume a role: it is not there, belongs to another account than `acts_for`, or its
// trust policy does not let the service in. nullopt: it may.
std::optional<std::string> why_not_assumable(RegionContext& region, const std::string& service,
                                             const std::string& role_arn, const ActsFor& acts_for);

// May the asker assume that role? `context` holds sts:ExternalId and the like.
aws::Decision decide_assume_role(RegionContext& region, const Asker& asker, const Role& role,
                                 aws::PolicyContext context);

// Whether a role trusts what a registered identity provider vouches for; nobody has signed such a request.
// `context`: what is known of the token.
aws::Decision decide_web_identity(RegionContext& region, const Asker& asker, const Role& role,
                                  const std::string& provider_arn, aws::PolicyContext context);

}  // namespace s3dr::cloud
