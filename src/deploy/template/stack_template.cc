#include "deploy/template/stack_template.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "base/error.h"
#include "deploy/declare/declaration.h"
#include "deploy/resources/names.h"
#include "deploy/template/template_resources.h"
#include "deploy/template/yaml_text.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr const char* destination_stack = "DestinationStack";
constexpr const char* ready = "Ready";
constexpr const char* policy_suffix = "Policy";

Stack stack_of(const Settings& settings, const Resource& resource) {
  const auto is_at = [&](const dr::Place& place) {
    return resource.region == place.region.text() && resource.account == place.account.text();
  };
  if (is_at(settings.source)) return Stack::source;
  return is_at(settings.protections.front().destination) ? Stack::destination : Stack::pending;
}

// "enable_replication/topic" → "EnableReplicationTopic"
std::string in_capitals(std::string_view name) {
  std::string result;
  bool starts_word = true;
  for (const unsigned char c : name) {
    if (std::isalnum(c) == 0) {
      starts_word = true;
      continue;
    }
    result += static_cast<char>(starts_word ? std::toupper(c) : c);
    starts_word = false;
  }
  return result;
}

std::string_view without_prefix(std::string_view name, const std::string& prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

// What the resource is for, as its name says without the prefix. A bucket or role of S3 may have any name.
std::string purpose_of(const Settings& settings, const Resource& resource) {
  const Names names(settings);
  if (resource.kind == Kind::bucket) {
    if (resource.name == names.control_bucket().text()) return "Control";
    return resource.name == settings.reports_bucket.text() ? "Reports" : "Trail";
  }
  if (resource.kind == Kind::role && resource.name == names.replication_role()) return "Replication";
  if (resource.kind == Kind::role && resource.name == names.batch_role()) return "Batch";
  std::string_view name = without_prefix(resource.name, "/aws/lambda/");
  // A subscription is named by its topic and the function.
  if (resource.kind == Kind::subscription) name = name.substr(0, name.find('/'));
  return in_capitals(without_prefix(name, settings.name_prefix));
}

std::string logical_id(const Settings& settings, const Resource& resource) {
  return purpose_of(settings, resource) + std::string(template_kind(resource.kind).suffix);
}

// AWS refuses a policy that names a role which does not exist. Only with two accounts does a policy name a role of
// the other stack.
bool names_a_role_of(const json::value& document, const std::string& account) {
  const json::value* statements = document.as_object().if_contains("Statement");
  if (statements == nullptr) return false;
  return std::ranges::any_of(statements->as_array(), [&](const json::value& statement) {
    const json::value* principal = statement.as_object().if_contains("Principal");
    if (principal == nullptr) return false;
    return json::serialize(*principal).find(":iam::" + account + ":role/") != std::string::npos;
  });
}

class Template {
 public:
  Template(const Settings& settings, Stack stack) : settings_(settings), stack_(stack) {
    for (Resource& resource : declare(settings)) {
      if (!resource.wanted || stack_of(settings, resource) != stack) continue;
      logical_ids_[resource.id()] = logical_id(settings, resource);
      resources_.push_back(std::move(resource));
    }
  }

  bool empty() const { return resources_.empty(); }

  json::object write() {
    for (const Resource& resource : resources_) add(resource);
    json::object result{{"AWSTemplateFormatVersion", "2010-09-09"},
                        {"Description", "s3dr, " + std::string(to_string(stack_)) +
                                            " stack of the deployment " + owner_of(settings_)}};
    if (!parameters_.empty()) result["Parameters"] = std::move(parameters_);
    if (!conditions_.empty()) result["Conditions"] = std::move(conditions_);
    result["Resources"] = std::move(made_);
    return result;
  }

 private:
  void add(const Resource& resource) {
    const TemplateKind& kind = template_kind(resource.kind);
    const std::string id = logical_ids_.at(resource.id());
    json::object body{{"Type", kind.type}};
    if (resource.kind == Kind::bucket) keep(body, id);
    if (resource.kind == Kind::function) ask_for_package();
    if (waits_for_the_other_stack(resource)) wait(body);
    if (json::array needed = needs(resource); !needed.empty()) body["DependsOn"] = std::move(needed);
    body["Properties"] = kind.properties(resource);
    S3DR_CHECK(made_.emplace(id, std::move(body)).second);  // two resources of one id
    if (const json::value* policy = resource.properties.if_contains("policy"))
      add_policy(resource, id, *policy);
  }

  void add_policy(const Resource& resource, const std::string& owner, const json::value& document) {
    const TemplateKind& kind = template_kind(resource.kind);
    json::object body{{"Type", kind.policy_type}};
    if (policy_waits(resource)) wait(body);
    const json::object reference{{"Ref", owner}};
    json::value named = json::array{reference};
    if (resource.kind == Kind::bucket) {
      // The bucket may exist already. If not, the reference makes the policy wait for it.
      named = json::object{{"Fn::If", json::array{"Make" + owner, reference, json::string(resource.name)}}};
    }
    body["Properties"] = json::object{{kind.policy_owner, std::move(named)}, {"PolicyDocument", document}};
    S3DR_CHECK(made_.emplace(owner + policy_suffix, std::move(body)).second);
  }

  // Records stay when the stack goes. A stack whose first creation fails leaves no empty bucket behind.
  void keep(json::object& body, const std::string& id) {
    const std::string parameter = "Create" + id;
    parameters_[parameter] =
        json::object{{"Type", "String"},
                     {"Description", "no, if an earlier stack has left this bucket behind"},
                     {"Default", "yes"},
                     {"AllowedValues", json::array{"yes", "no"}}};
    conditions_["Make" + id] =
        json::object{{"Fn::Equals", json::array{json::object{{"Ref", parameter}}, "yes"}}};
    body["Condition"] = "Make" + id;
    body["DeletionPolicy"] = "RetainExceptOnCreate";
    body["UpdateReplacePolicy"] = "Retain";
  }

  void ask_for_package() {
    parameters_[package_bucket] =
        json::object{{"Type", "String"}, {"Description", "Bucket in this region that holds the package"}};
    parameters_[package_key] =
        json::object{{"Type", "String"},
                     {"Description", "Key of the package (make package); a new package needs a new key"}};
  }

  bool waits_for_the_other_stack(const Resource& resource) const {
    if (stack_ != Stack::source || !is_cross_account(settings_)) return false;
    if (resource.kind == Kind::rule) return true;  // nothing starts before both stacks are there
    const json::value* trust = resource.properties.if_contains("trust");
    return trust != nullptr && names_a_role_of(*trust, other_account());
  }

  // The source stack is made first, so the others find every role that they name.
  bool policy_waits(const Resource& resource) const {
    const json::value* policy = resource.properties.if_contains("policy");
    return stack_ == Stack::source && policy != nullptr && names_a_role_of(*policy, other_account());
  }

  void wait(json::object& body) {
    parameters_[destination_stack] =
        json::object{{"Type", "String"},
                     {"Description", "missing, until the destination stack is there; then ready"},
                     {"AllowedValues", json::array{"missing", "ready"}}};
    conditions_[ready] =
        json::object{{"Fn::Equals", json::array{json::object{{"Ref", destination_stack}}, "ready"}}};
    body["Condition"] = ready;
  }

  // In one account there is no other one, and no policy needs to name a role of the other stack.
  std::string other_account() const {
    if (!is_cross_account(settings_)) return "none";
    return stack_ == Stack::source ? settings_.protections.front().destination.account.text()
                                   : settings_.source.account.text();
  }

  // The names are plain texts, so CloudFormation cannot see what needs what. It refuses to depend on a resource that
  // a condition may leave out: a bucket that exists already, a policy that waits.
  json::array needs(const Resource& resource) const {
    std::vector<std::string> needed;
    for (const Resource& other : resources_) {
      const bool is_named = std::ranges::find(resource.depends, other.id()) != resource.depends.end();
      // What lets events in comes when all that handles them is there.
      const bool is_handler = resource.kind == Kind::rule &&
                              (other.kind == Kind::permission || other.kind == Kind::event_invoke_config ||
                               other.kind == Kind::subscription);
      if (!is_named && !is_handler) continue;
      const std::string& id = logical_ids_.at(other.id());
      if (other.kind != Kind::bucket) needed.push_back(id);
      const bool has_policy = other.properties.contains("policy");
      if (has_policy && (!policy_waits(other) || waits_for_the_other_stack(resource)))
        needed.push_back(id + policy_suffix);
    }
    return json::array(needed.begin(), needed.end());
  }

  const Settings& settings_;
  const Stack stack_;
  std::vector<Resource> resources_;
  std::map<std::string, std::string> logical_ids_;  // by the id of the resource
  json::object parameters_, conditions_, made_;
};

constexpr const char* heading =
    "# Written by `s3dr deploy template`. Change s3dr.yaml and write it again, instead of changing this "
    "file.\n";

}  // namespace

std::string_view to_string(Stack stack) {
  switch (stack) {
    case Stack::source:
      return "source";
    case Stack::destination:
      return "destination";
    case Stack::pending:
      return "pending";
  }
  S3DR_CHECK(false);
}

std::optional<Stack> parse_stack(std::string_view name) {
  for (const Stack stack : {Stack::source, Stack::destination, Stack::pending}) {
    if (to_string(stack) == name) return stack;
  }
  return std::nullopt;
}

json::object stack_template(const Settings& settings, Stack stack) {
  if (destinations_of(settings).size() > 1) {
    throw Error(ErrorKind::unsupported,
                "templates for several destinations are not supported yet: this configuration has " +
                    std::to_string(destinations_of(settings).size()))
        .with_advice("use s3dr deploy apply");
  }
  Template made(settings, stack);
  if (made.empty()) {
    throw Error(ErrorKind::invalid,
                "this deployment has no " + std::string(to_string(stack)) +
                    " stack: it holds the alarm on objects that wait, if there are two accounts and alarms");
  }
  return made.write();
}

std::string stack_template_text(const Settings& settings, Stack stack) {
  return heading + yaml_text(stack_template(settings, stack));
}

}  // namespace s3dr::deploy
