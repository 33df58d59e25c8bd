// Over policies and requests from a small vocabulary, so that they often meet: an Allow more takes nothing
// away, a Deny more gives nothing, and the evaluator agrees with its definition.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "aws/policy/policy.h"

namespace s3dr::aws {
namespace {

std::string any_of(std::initializer_list<const char*> texts) {
  return *rc::gen::elementOf(std::vector<std::string>(texts.begin(), texts.end()));
}

std::vector<std::string> some(std::initializer_list<const char*> texts) {
  std::vector<std::string> result;
  const int count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i) result.push_back(any_of(texts));
  return result;
}

PolicyStatement any_statement(Effect effect, bool with_principal) {
  PolicyStatement statement;
  statement.effect = effect;
  statement.actions = some({"*", "s3:*", "s3:Get*", "S3:getobject", "s3:PutObject", "sns:Publish", "s?:*"});
  statement.not_actions = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
  statement.resources = some({"*", "arn:aws:s3:::*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}",
                              "arn:aws:s3:::b", "arn:aws:s3:::?/k", "arn:aws:s3"});
  statement.not_resources = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
  if (with_principal) {
    statement.principals.emplace();
    statement.principals->anyone = *rc::gen::weightedElement<bool>({{3, false}, {1, true}});
    statement.principals->aws = some({"111122223333", "444455556666", "arn:aws:iam::111122223333:role/r",
                                      "arn:aws:iam::111122223333:root"});
    statement.principals->services = some({"sns.amazonaws.com", "events.amazonaws.com"});
    statement.not_principals = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
  }
  if (*rc::gen::arbitrary<bool>()) {
    const auto op = parse_condition_operator(
        any_of({"StringEquals", "StringNotLike", "StringLikeIfExists", "ForAnyValue:StringEquals",
                "ForAllValues:StringNotEquals", "Null", "Bool", "NumericLessThan", "IpAddress"}));
    statement.conditions.push_back({*op, any_of({"aws:username", "aws:TagKeys", "aws:nobody"}),
                                    some({"k", "dr", "true", "false", "1", "k*"})});
  }
  return statement;
}

Policy any_policy(bool with_principal) {
  Policy policy;
  policy.variables = *rc::gen::element(Variables::replaced, Variables::plain);
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i)
    policy.statements.push_back(
        any_statement(*rc::gen::element(Effect::allow, Effect::deny), with_principal));
  return policy;
}

AccessRequest any_request() {
  AccessRequest request;
  Requester& who = request.requester;
  who.kind = *rc::gen::element(Requester::Kind::root, Requester::Kind::session, Requester::Kind::service,
                               Requester::Kind::anonymous);
  if (who.kind == Requester::Kind::root || who.kind == Requester::Kind::session) {
    who.account = "111122223333";
    who.arn = who.kind == Requester::Kind::root ? "arn:aws:iam::111122223333:root"
                                                : "arn:aws:sts::111122223333:assumed-role/r/s";
  }
  if (who.kind == Requester::Kind::session) who.role_arn = "arn:aws:iam::111122223333:role/r";
  if (who.kind == Requester::Kind::service) who.service = "sns.amazonaws.com";
  request.action = any_of({"s3:GetObject", "s3:PutObject", "sns:Publish"});
  request.resource = any_of({"arn:aws:s3:::b/k", "arn:aws:s3:::b", "arn:aws:s3:::c/k", "*"});
  if (*rc::gen::arbitrary<bool>()) request.context.set("aws:username", any_of({"k", "true", "1"}));
  if (*rc::gen::arbitrary<bool>())
    request.context.set("aws:TagKeys", std::vector<std::string>{"dr", any_of({"k", "x"})});
  return request;
}

struct Scene {
  AccessRequest request = any_request();
  std::vector<NamedPolicy> identity;
  std::optional<Policy> resource;
  Accounts accounts = *rc::gen::element(Accounts::same, Accounts::cross);

  Scene() {
    const int count = *rc::gen::inRange(0, 3);
    for (int i = 0; i < count; ++i) identity.push_back({std::to_string(i), any_policy(false)});
    if (*rc::gen::arbitrary<bool>()) resource = any_policy(true);
  }
  Verdict verdict() const {
    return evaluate(request, identity, resource ? &*resource : nullptr, accounts).verdict;
  }
  Verdict trust_verdict() const {
    return evaluate_trust(request, identity, resource.value_or(Policy{}), accounts).verdict;
  }
  // One statement more somewhere, at any place of its policy.
  void add(Effect effect) {
    const bool to_resource = *rc::gen::arbitrary<bool>();
    Policy* policy = nullptr;
    if (to_resource) {
      if (!resource) resource.emplace();
      policy = &*resource;
    } else {
      if (identity.empty()) identity.push_back({"new", {}});
      policy = &identity[static_cast<std::size_t>(*rc::gen::inRange<std::size_t>(0, identity.size()))].policy;
    }
    const auto at = *rc::gen::inRange<std::size_t>(0, policy->statements.size() + 1);
    policy->statements.insert(policy->statements.begin() + static_cast<std::ptrdiff_t>(at),
                              any_statement(effect, to_resource));
  }
};

RC_GTEST_PROP(PolicyProperty, AnAllowMoreTakesNothingAway, ()) {
  Scene scene;
  const Verdict before = scene.verdict();
  const Verdict trusted_before = scene.trust_verdict();
  scene.add(Effect::allow);
  RC_CLASSIFY(before == Verdict::allowed);
  RC_CLASSIFY(before != scene.verdict());
  if (before == Verdict::allowed) RC_ASSERT(scene.verdict() == Verdict::allowed);
  if (before == Verdict::explicitly_denied) RC_ASSERT(scene.verdict() == Verdict::explicitly_denied);
  if (trusted_before == Verdict::allowed) RC_ASSERT(scene.trust_verdict() == Verdict::allowed);
}

RC_GTEST_PROP(PolicyProperty, ADenyMoreGivesNothing, ()) {
  Scene scene;
  const Verdict before = scene.verdict();
  const Verdict trusted_before = scene.trust_verdict();
  scene.add(Effect::deny);
  RC_CLASSIFY(before != scene.verdict());
  if (before != Verdict::allowed) RC_ASSERT(scene.verdict() != Verdict::allowed);
  if (trusted_before != Verdict::allowed) RC_ASSERT(scene.trust_verdict() != Verdict::allowed);
  if (before == Verdict::explicitly_denied) RC_ASSERT(scene.verdict() == Verdict::explicitly_denied);
}

RC_GTEST_PROP(PolicyProperty, TrustIsNeverEasierThanAResourcesPolicy, ()) {
  const Scene scene;
  if (scene.trust_verdict() == Verdict::allowed) RC_ASSERT(scene.verdict() == Verdict::allowed);
}

// The wildcard matcher against its plain definition.
bool matches_by_definition(std::span<const PatternPart> pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0].kind == PatternPart::Kind::any_run) {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (matches_by_definition(pattern.subspan(1), text.substr(i))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0].kind == PatternPart::Kind::byte && pattern[0].byte != text[0]) return false;
  return matches_by_definition(pattern.subspan(1), text.substr(1));
}

RC_GTEST_PROP(PolicyProperty, WildcardsMatchAsDefined, ()) {
  const auto written = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '*', '?'));
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b'));
  const std::string_view pattern_text = std::string_view(written).substr(0, 12);
  const std::string_view short_text = std::string_view(text).substr(0, 12);
  const auto pattern = make_pattern(pattern_text, {}, Wildcards::act, Variables::plain);
  const bool expected = matches_by_definition(*pattern, short_text);
  RC_CLASSIFY(expected);
  RC_ASSERT(matches(*pattern, short_text) == expected);
}

}  // namespace
}  // namespace s3dr::aws
