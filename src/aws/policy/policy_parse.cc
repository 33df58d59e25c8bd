// Reads policy documents. Every error names the place.
#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <utility>

#include "aws/arn.h"
#include "aws/policy/policy.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 16;

[[noreturn]] void refuse(const std::string& place, const std::string& what) {
  throw Error(ErrorKind::invalid, place.empty() ? what : place + ": " + what)
      .with_code("MalformedPolicyDocument");
}

std::string text_at(const json::value& value, const std::string& place) {
  if (!value.is_string()) refuse(place, "must be a string");
  return std::string(value.get_string());
}

// A string, or a list of strings.
std::vector<std::string> texts_at(const json::value& value, const std::string& place) {
  std::vector<std::string> result;
  if (!value.is_array()) {
    result.push_back(text_at(value, place));
    return result;
  }
  for (std::size_t i = 0; i < value.get_array().size(); ++i)
    result.push_back(text_at(value.get_array()[i], place + "[" + std::to_string(i) + "]"));
  if (result.empty()) refuse(place, "must not be empty");
  return result;
}

// Condition values may also be written as booleans and numbers.
std::vector<std::string> condition_values(const json::value& value, const std::string& place) {
  if (value.is_array()) {
    std::vector<std::string> result;
    for (const json::value& item : value.get_array()) {
      if (item.is_array()) refuse(place, "must be a string or a list of strings");
      const auto one = condition_values(item, place);
      result.push_back(one.front());
    }
    return result;
  }
  if (value.is_bool()) return {value.get_bool() ? "true" : "false"};
  if (value.is_number()) return {json::serialize(value)};
  return {text_at(value, place)};
}

void check_action(const std::string& action, const std::string& place) {
  if (action == "*") return;
  const std::size_t colon = action.find(':');
  const auto of = [](std::string_view text, std::string_view further) {
    return !text.empty() && std::ranges::all_of(text, [further](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             further.find(c) != std::string_view::npos;
    });
  };
  if (colon == std::string::npos)
    refuse(place, "actions must be prefaced by a vendor, e.g., iam, s3, sns: \"" + action + "\"");
  const std::string_view vendor = std::string_view(action).substr(0, colon);
  if (!(vendor == "*" || of(vendor, "-")) || !of(std::string_view(action).substr(colon + 1), "*?"))
    refuse(place, "\"" + action + "\" is not an action");
}

void check_resource(const std::string& resource, const std::string& place) {
  if (resource == "*" || resource.starts_with("arn:")) return;
  refuse(place, "Resource " + resource + " must be in ARN format or \"*\".");
}

void check_aws_principal(const std::string& principal, const std::string& place) {
  if (principal == "*" || is_account_id(principal)) return;
  const auto arn = parse_arn(principal);
  const bool known = arn && (arn->service == "iam" || arn->service == "sts") && is_account_id(arn->account);
  // AWS takes no wildcard within a principal.
  if (!known || principal.find_first_of("*?") != std::string::npos)
    refuse(place, "Invalid principal in policy: \"AWS\":\"" + principal + "\"");
}

PolicyPrincipals principals_at(const json::value& value, const std::string& place) {
  PolicyPrincipals result;
  if (value.is_string()) {
    if (value.get_string() != "*") refuse(place, "must be \"*\" or an object");
    result.anyone = true;
    return result;
  }
  if (!value.is_object()) refuse(place, "must be \"*\" or an object");
  if (value.get_object().empty()) refuse(place, "must not be empty");
  for (const auto& [kind, listed] : value.get_object()) {
    const std::string here = place + "." + std::string(kind);
    std::vector<std::string> names = texts_at(listed, here);
    if (kind == "AWS") {
      for (const std::string& name : names) check_aws_principal(name, here);
      result.anyone = std::ranges::find(names, "*") != names.end();
      std::erase(names, "*");
      result.aws = std::move(names);
    } else if (kind == "Service") {
      for (const std::string& name : names) {
        if (name.find('.') == std::string::npos || name.find_first_of("*? ") != std::string::npos)
          refuse(here, "Invalid principal in policy: \"SERVICE\":\"" + name + "\"");
      }
      result.services = std::move(names);
    } else if (kind == "Federated") {
      result.federated = std::move(names);
    } else if (kind == "CanonicalUser") {
      result.canonical = std::move(names);
    } else {
      refuse(here, "is not a kind of principal");
    }
  }
  return result;
}

std::vector<Condition> conditions_at(const json::value& value, const std::string& place) {
  if (!value.is_object()) refuse(place, "must be an object");
  std::vector<Condition> result;
  for (const auto& [name, keys] : value.get_object()) {
    const std::string here = place + "." + std::string(name);
    const auto op = parse_condition_operator(name);
    if (!op) refuse(here, "is not a condition operator");
    if (!keys.is_object()) refuse(here, "must be an object");
    for (const auto& [key, values] : keys.get_object()) {
      const std::string at = here + "." + std::string(key);
      if (std::string_view(key).find(':') == std::string_view::npos)
        refuse(at, "condition keys must be prefaced by a vendor, e.g., aws, s3");
      Condition condition{*op, std::string(key), condition_values(values, at)};
      for (const std::string& one : condition.values) {
        if (const std::string why = why_unfit(*op, one); !why.empty()) refuse(at, "\"" + one + "\" " + why);
      }
      result.push_back(std::move(condition));
    }
  }
  return result;
}

// `name` or "Not" + `name`, of which there is at most one; whether it is the second. nullptr: neither.
std::pair<const json::value*, bool> either(const json::object& object, const std::string& name,
                                           const std::string& place) {
  const json::value* plain = object.if_contains(name);
  const json::value* negated = object.if_contains("Not" + name);
  if (plain != nullptr && negated != nullptr) refuse(place, "has both " + name + " and Not" + name);
  return plain != nullptr ? std::pair(plain, false) : std::pair(negated, negated != nullptr);
}

void check_uses(PolicyUse use, bool has_principal, bool has_resource, const PolicyStatement& statement,
                const std::string& place) {
  if (use == PolicyUse::identity && has_principal) refuse(place, "has prohibited field Principal");
  if (use != PolicyUse::identity && !has_principal) refuse(place, "Missing required field Principal");
  if (use == PolicyUse::trust && has_resource) refuse(place, "has prohibited field Resource");
  if (use != PolicyUse::trust && !has_resource) refuse(place, "Missing required field Resource");
  if (use != PolicyUse::trust) return;
  if (statement.not_principals && statement.effect == Effect::allow)
    refuse(place, "NotPrincipal cannot be used with Allow in a trust policy");
  for (const std::string& action : statement.actions) {
    if (action != "*" && !action.starts_with("sts:"))
      refuse(place + ".Action", "AssumeRole policy may only specify STS AssumeRole actions");
  }
}

PolicyStatement statement_at(const json::value& value, PolicyUse use, const std::string& place) {
  if (!value.is_object()) refuse(place, "must be an object");
  const json::object& object = value.get_object();
  static const std::set<std::string_view> known = {"Sid",          "Effect",      "Principal",
                                                   "NotPrincipal", "Action",      "NotAction",
                                                   "Resource",     "NotResource", "Condition"};
  for (const auto& field : object) {
    if (!known.contains(field.key()))
      refuse(place + "." + std::string(field.key()), "is not an element of a statement");
  }
  PolicyStatement statement;
  if (const json::value* sid = object.if_contains("Sid")) statement.sid = text_at(*sid, place + ".Sid");
  const json::value* effect = object.if_contains("Effect");
  if (effect == nullptr) refuse(place, "Missing required field Effect");
  const std::string effect_text = text_at(*effect, place + ".Effect");
  if (effect_text != "Allow" && effect_text != "Deny") refuse(place + ".Effect", "must be Allow or Deny");
  statement.effect = effect_text == "Allow" ? Effect::allow : Effect::deny;

  const auto [principal, not_principal] = either(object, "Principal", place);
  statement.not_principals = not_principal;
  if (principal != nullptr)
    statement.principals =
        principals_at(*principal, place + (not_principal ? ".NotPrincipal" : ".Principal"));

  const auto [action, not_action] = either(object, "Action", place);
  if (action == nullptr) refuse(place, "Missing required field Action");
  statement.not_actions = not_action;
  const std::string action_place = place + (not_action ? ".NotAction" : ".Action");
  statement.actions = texts_at(*action, action_place);
  for (const std::string& one : statement.actions) check_action(one, action_place);

  const auto [resource, not_resource] = either(object, "Resource", place);
  statement.not_resources = not_resource;
  if (resource != nullptr) {
    const std::string resource_place = place + (not_resource ? ".NotResource" : ".Resource");
    statement.resources = texts_at(*resource, resource_place);
    for (const std::string& one : statement.resources) check_resource(one, resource_place);
  }
  check_uses(use, principal != nullptr, resource != nullptr, statement, place);
  if (const json::value* condition = object.if_contains("Condition"))
    statement.conditions = conditions_at(*condition, place + ".Condition");
  return statement;
}

}  // namespace

Policy parse_policy(std::string_view text, PolicyUse use) {
  json::error_code malformed;
  json::parse_options options;
  options.max_depth = depth_max;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), malformed, {}, options);
  if (malformed) refuse("", "The policy is not valid JSON (" + malformed.message() + ").");
  if (!value.is_object()) refuse("", "The policy must be a JSON object.");
  Policy policy;
  for (const auto& field : value.get_object()) {
    if (field.key() != "Version" && field.key() != "Id" && field.key() != "Statement")
      refuse(std::string(field.key()), "is not an element of a policy");
  }
  if (const json::value* version = value.get_object().if_contains("Version")) {
    const std::string name = text_at(*version, "Version");
    if (name != "2012-10-17" && name != "2008-10-17") refuse("Version", "must be 2012-10-17 or 2008-10-17");
    if (name == "2012-10-17") policy.variables = Variables::replaced;
  }
  if (const json::value* id = value.get_object().if_contains("Id")) policy.id = text_at(*id, "Id");
  const json::value* statements = value.get_object().if_contains("Statement");
  if (statements == nullptr) refuse("", "Missing required field Statement");
  if (!statements->is_array()) {
    policy.statements.push_back(statement_at(*statements, use, "Statement"));
    return policy;
  }
  std::set<std::string> sids;
  for (std::size_t i = 0; i < statements->get_array().size(); ++i) {
    const std::string place = "Statement[" + std::to_string(i) + "]";
    policy.statements.push_back(statement_at(statements->get_array()[i], use, place));
    const std::string& sid = policy.statements.back().sid;
    if (!sid.empty() && !sids.insert(sid).second)
      refuse(place + ".Sid", "Statement IDs (SID) in a single policy must be unique.");
  }
  if (policy.statements.empty()) refuse("Statement", "must not be empty");
  return policy;
}

}  // namespace s3dr::aws
