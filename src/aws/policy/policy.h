// IAM's policy documents as values, and the one evaluator that says what a request may do. It covers identity
// policies of roles, policies of buckets, topics, queues and functions, and trust policies of roles.
// Pure: who asks, and about what, are arguments. It knows no action of any service. The service says which
// action a request needs. Parts: policy_pattern.h (wildcards, variables), policy_condition.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/policy_condition.h"
#include "aws/policy/policy_pattern.h"

namespace s3dr::aws {

// The use of a document decides what it may hold:
// - identity: no Principal;
// - trust (of a role): a Principal and no Resource;
// - resource (of a bucket, topic, …): a Principal and a Resource.
enum class PolicyUse { identity, resource, trust };

struct PolicyPrincipals {
  bool anyone = false;                 // "*" or {"AWS": "*"}; an Allow for it excludes Requester::federated
  std::vector<std::string> aws;        // ARNs and account ids
  std::vector<std::string> services;   // "sns.amazonaws.com"
  std::vector<std::string> federated;  // ARNs of identity providers
  std::vector<std::string> canonical;  // read, never matched: there are no canonical ids here
  bool operator==(const PolicyPrincipals&) const = default;
};

enum class Effect { allow, deny };

struct PolicyStatement {
  std::string sid;
  Effect effect = Effect::allow;
  std::optional<PolicyPrincipals> principals;
  bool not_principals = false;  // NotPrincipal
  std::vector<std::string> actions;
  bool not_actions = false;
  std::vector<std::string> resources;  // empty in a trust policy: the role itself
  bool not_resources = false;
  std::vector<Condition> conditions;  // all must hold
  bool operator==(const PolicyStatement&) const = default;
};

struct Policy {
  std::string id;
  Variables variables = Variables::plain;  // replaced from version 2012-10-17 on
  std::vector<PolicyStatement> statements;
  bool operator==(const Policy&) const = default;
};

// Raises Error(invalid) with the place in its message ("Statement[1].Effect: …") and code
// MalformedPolicyDocument. Unknown elements are refused, as in IAM.
Policy parse_policy(std::string_view json, PolicyUse use);

// Who asks.
struct Requester {
  // `federated`: an identity provider has vouched for the requester, who is about to assume a role.
  enum class Kind { root, session, service, federated, anonymous };
  Kind kind = Kind::anonymous;
  std::string account;   // of root and session
  std::string arn;       // "arn:aws:iam::…:root", "arn:aws:sts::…:assumed-role/NAME/SESSION"; the provider's
  std::string role_arn;  // of a session, with the role's path
  std::string service;   // "events.amazonaws.com"
};

struct AccessRequest {
  Requester requester;
  std::string action;    // "s3:GetObject"
  std::string resource;  // an ARN, or "*" where the action has none
  PolicyContext context;
};

struct NamedPolicy {
  std::string name;
  Policy policy;
};

enum class Accounts { same, cross };  // of requester and resource
enum class Verdict { allowed, explicitly_denied, implicitly_denied };

struct Decision {
  Verdict verdict = Verdict::implicitly_denied;
  // What decided. For an implicit denial: what should have allowed it.
  enum class By { identity, resource } by = By::identity;
  std::string policy;     // name of the identity policy
  std::string statement;  // its Sid, or "Statement[2]"; empty for an implicit denial and for root
  bool allowed() const { return verdict == Verdict::allowed; }
};

// The rules of the IAM reference, Policy evaluation logic:
// - An explicit Deny anywhere wins.
// - Within one account, an identity policy or the resource's policy must allow.
// - Across accounts, both must allow.
// - If a resource's policy names only the account (not the role, not "*"), the identity policies decide.
// - The root of an account may do everything in its account.
// - For a service's principal only the resource's policy counts.
Decision evaluate(const AccessRequest& request, std::span<const NamedPolicy> identity,
                  const Policy* resource_policy, Accounts accounts);

// For trust policies of roles. The rules of evaluate(), except that an identity policy alone is not enough. A
// trust policy that names the caller's role lets it in. If it names the account, an identity policy must
// allow too.
Decision evaluate_trust(const AccessRequest& request, std::span<const NamedPolicy> identity,
                        const Policy& trust, Accounts accounts);

// The end of AWS's sentence: "because no identity-based policy allows the s3:GetObject action", "with an
// explicit deny in a resource-based policy".
std::string explain(const Decision& decision, std::string_view action);

}  // namespace s3dr::aws
