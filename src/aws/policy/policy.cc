#include "aws/policy/policy.h"

#include <algorithm>

#include "aws/arn.h"
#include "base/http_message.h"

namespace s3dr::aws {
namespace {

// How a policy's principal names a requester: not at all, only by its account, or itself.
enum class Named { not_at_all, by_account, itself };

// "111122223333" or "arn:aws:iam::111122223333:root" → the account.
std::string_view account_named(std::string_view principal) {
  if (is_account_id(principal)) return principal;
  constexpr std::string_view root = ":root";
  if (!principal.starts_with("arn:") || !principal.ends_with(root)) return "";
  principal.remove_suffix(root.size());
  const std::string_view account = principal.substr(principal.rfind(':') + 1);
  return is_account_id(account) && principal.find(":iam::") != std::string_view::npos ? account : "";
}

// `broadly`: in doubt somebody is named.
Named named(const PolicyPrincipals& principals, const Requester& requester, bool broadly) {
  using enum Requester::Kind;
  const auto listed = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end() ? Named::itself : Named::not_at_all;
  };
  // To let in, "*" is every caller of AWS, not whoever some provider knows; to keep out, it is everybody.
  if (requester.kind == federated && !(principals.anyone && broadly)) {
    const Named everyone = broadly ? listed(principals.federated, "*") : Named::not_at_all;
    return std::max(everyone, listed(principals.federated, requester.arn));
  }
  if (principals.anyone) return Named::itself;
  if (requester.kind == service) return listed(principals.services, requester.service);
  if (requester.kind == anonymous) return Named::not_at_all;
  Named best = Named::not_at_all;
  for (const std::string& principal : principals.aws) {
    if (principal == requester.arn || (requester.kind == session && principal == requester.role_arn))
      return Named::itself;
    if (account_named(principal) != requester.account) continue;
    if (requester.kind == root) return Named::itself;
    best = Named::by_account;
  }
  return best;
}

bool action_listed(const PolicyStatement& statement, const AccessRequest& request) {
  for (const std::string& action : statement.actions) {
    // Actions know no variables.
    const auto pattern = make_pattern(action, request.context, Wildcards::act, Variables::plain);
    if (matches(*pattern, request.action, Letters::any_case)) return true;
  }
  return false;
}

bool resource_listed(const Policy& policy, const PolicyStatement& statement, const AccessRequest& request) {
  for (const std::string& resource : statement.resources) {
    const auto pattern = make_pattern(resource, request.context, Wildcards::act, policy.variables);
    if (pattern && matches_arn(*pattern, request.resource)) return true;
  }
  return false;
}

// All but the principal.
bool applies(const Policy& policy, const PolicyStatement& statement, const AccessRequest& request) {
  if (action_listed(statement, request) == statement.not_actions) return false;
  if (!statement.resources.empty() && resource_listed(policy, statement, request) == statement.not_resources)
    return false;
  return std::ranges::all_of(statement.conditions, [&](const Condition& condition) {
    return holds(condition, request.context, policy.variables);
  });
}

// NotPrincipal in doubt decides against the requester: a Deny spares only who is named itself, an Allow
// leaves out who is named in any way.
Named named_by(const PolicyStatement& statement, const Requester& requester) {
  if (!statement.principals) return Named::itself;
  const bool broadly = (statement.effect == Effect::deny) != statement.not_principals;
  const Named degree = named(*statement.principals, requester, broadly);
  if (!statement.not_principals) return degree;
  const Named spared = statement.effect == Effect::deny ? Named::itself : Named::by_account;
  return degree >= spared ? Named::not_at_all : Named::itself;
}

std::string name_of(const Policy& policy, const PolicyStatement& statement) {
  if (!statement.sid.empty()) return statement.sid;
  return "Statement[" + std::to_string(&statement - policy.statements.data()) + "]";
}

struct Found {
  const PolicyStatement* deny = nullptr;
  const PolicyStatement* allow = nullptr;  // the one that names the requester best
  Named degree = Named::not_at_all;
};

Found look(const Policy& policy, const AccessRequest& request) {
  Found found;
  for (const PolicyStatement& statement : policy.statements) {
    const Named degree = named_by(statement, request.requester);
    if (degree == Named::not_at_all || !applies(policy, statement, request)) continue;
    if (statement.effect == Effect::deny) {
      if (found.deny == nullptr) found.deny = &statement;
    } else if (degree > found.degree) {
      found.allow = &statement;
      found.degree = degree;
    }
  }
  return found;
}

Decision decided(Verdict verdict, Decision::By by, const std::string& name, const Policy& policy,
                 const PolicyStatement& statement) {
  return {verdict, by, name, name_of(policy, statement)};
}

}  // namespace

Decision evaluate(const AccessRequest& request, std::span<const NamedPolicy> identity,
                  const Policy* resource_policy, Accounts accounts) {
  using By = Decision::By;
  const Requester::Kind kind = request.requester.kind;
  const bool has_identity = kind == Requester::Kind::root || kind == Requester::Kind::session;

  Found of_resource;
  if (resource_policy != nullptr) of_resource = look(*resource_policy, request);
  if (of_resource.deny != nullptr)
    return decided(Verdict::explicitly_denied, By::resource, "", *resource_policy, *of_resource.deny);

  bool identity_allows = kind == Requester::Kind::root;
  Decision by_identity{Verdict::allowed, By::identity, "", ""};
  for (const NamedPolicy& candidate : identity) {
    if (!has_identity) break;
    const Found found = look(candidate.policy, request);
    if (found.deny != nullptr) {
      return decided(Verdict::explicitly_denied, By::identity, candidate.name, candidate.policy, *found.deny);
    }
    if (found.allow == nullptr || identity_allows) continue;
    identity_allows = true;
    by_identity = decided(Verdict::allowed, By::identity, candidate.name, candidate.policy, *found.allow);
  }

  if (!has_identity) {
    if (of_resource.degree != Named::itself) return {Verdict::implicitly_denied, By::resource, "", ""};
    return decided(Verdict::allowed, By::resource, "", *resource_policy, *of_resource.allow);
  }
  if (accounts == Accounts::same) {
    if (identity_allows) return by_identity;
    if (of_resource.degree == Named::itself)
      return decided(Verdict::allowed, By::resource, "", *resource_policy, *of_resource.allow);
    return {Verdict::implicitly_denied, By::identity, "", ""};
  }
  if (!identity_allows) return {Verdict::implicitly_denied, By::identity, "", ""};
  if (of_resource.allow == nullptr) return {Verdict::implicitly_denied, By::resource, "", ""};
  return decided(Verdict::allowed, By::resource, "", *resource_policy, *of_resource.allow);
}

Decision evaluate_trust(const AccessRequest& request, std::span<const NamedPolicy> identity,
                        const Policy& trust, Accounts accounts) {
  Decision both = evaluate(request, identity, &trust, Accounts::cross);
  if (both.verdict != Verdict::implicitly_denied || accounts == Accounts::cross) return both;
  // Without identity policies only the trust policy itself can have allowed it.
  if (request.requester.kind == Requester::Kind::root) return both;
  const Decision alone = evaluate(request, {}, &trust, Accounts::same);
  return alone.allowed() ? alone : both;
}

std::string explain(const Decision& decision, std::string_view action) {
  const bool identity = decision.by == Decision::By::identity;
  switch (decision.verdict) {
    case Verdict::allowed:
      return "allowed";
    case Verdict::explicitly_denied:
      return std::string("with an explicit deny in ") +
             (identity ? "an identity-based policy" : "a resource-based policy");
    case Verdict::implicitly_denied:
      break;
  }
  return std::string("because no ") + (identity ? "identity-based" : "resource-based") +
         " policy allows the " + std::string(action) + " action";
}

}  // namespace s3dr::aws
