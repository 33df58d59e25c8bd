// IAM's policy documents as values, and the one evaluator that says what a request may do: identity policies
// of roles, policies of buckets, topics, queues and functions, and the trust policies of roles. Pure: who
// asks and about what is an argument. It knows no action of any service; which request needs which action is
// for the service to say. Parts: policy_pattern.h (wildcards, variables), policy_condition.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/policy_condition.h"
#include "aws/policy/policy_pattern.h"

namespace s3dr::aws {

// Where a document stands decides what it may hold: an identity policy has no Principal, a trust policy (of a
// role) has one and no Resource, a resource's own policy has both.
enum class PolicyUse { identity, resource, trust };

struct PolicyPrincipals {
  bool anyone = false;                 // "*" or {"AWS": "*"}; an Allow of it is not for Requester::federated
  std::vector<std::string> aws;        // ARNs and account ids
  std::vector<std::string> services;   // "sns.amazonaws.com"
  std::vector<std::string> federated;  // ARNs of identity providers
  std::vector<std::string> canonical;  // read, never matched: there are none here
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

// Raises Error(invalid) with the place in its message ("Statement[1].Effect: …"), code
// MalformedPolicyDocument. Unknown elements are refused, as IAM does.
Policy parse_policy(std::string_view json, PolicyUse use);

// Who asks.
struct Requester {
  // `federated`: somebody an identity provider has vouched for, on the way to a role.
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
  // What decided, or for an implicit denial what should have allowed it: "identity", "resource".
  enum class By { identity, resource } by = By::identity;
  std::string policy;     // name of the identity policy
  std::string statement;  // its Sid, or "Statement[2]"; empty for an implicit denial and for root
  bool allowed() const { return verdict == Verdict::allowed; }
};

// IAM reference, Policy evaluation logic. An explicit Deny anywhere wins. Then, within one account, an
// identity policy or the resource's policy must allow; across accounts both. A resource's policy that names
// only the account (not the role, not "*") leaves it to the identity policies. An account's root may do
// everything in its account; a service's principal is let in by the resource's policy alone.
Decision evaluate(const AccessRequest& request, std::span<const NamedPolicy> identity,
                  const Policy* resource_policy, Accounts accounts);

// For policies that must consent themselves, those of roles: the same, but that an identity policy alone is
// not enough. A trust policy that names the role of a caller lets it in; one that names the account asks for
// an identity policy as well.
Decision evaluate_trust(const AccessRequest& request, std::span<const NamedPolicy> identity,
                        const Policy& trust, Accounts accounts);

// "because no identity-based policy allows the s3:GetObject action", "with an explicit deny in a
// resource-based policy": the end of AWS's sentence.
std::string explain(const Decision& decision, std::string_view action);

}  // namespace s3dr::aws
