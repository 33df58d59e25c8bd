#include "sim/deploy/drift.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace s3dr::sim {
namespace {

namespace json = boost::json;
using deploy::Kind;
using deploy::Resource;

struct Variant {
  std::string field, how;
  json::value value;
};
using Variants = std::vector<Variant>;

// What others have under that name, in the account and region of the resource.
std::string others_arn(const Resource& resource, const std::string& service, const std::string& name) {
  return "arn:aws:" + service + ":" + (service == "iam" ? "" : resource.region) + ":" + resource.account +
         ":" + name;
}

std::string below(const std::string& field, std::string_view key) {
  return field.empty() ? std::string(key) : field + "." + std::string(key);
}

std::string_view last_name(std::string_view field) {
  field = field.substr(0, field.find_last_not_of("[]0123456789") + 1);
  return field.substr(field.rfind('.') + 1);
}

bool has(std::string_view field, std::string_view part) {
  return field.find(part) != std::string_view::npos;
}

// An action that the policy may speak of, and none of ours does.
std::string other_action(Kind kind, std::string_view field) {
  if (field.starts_with("trust")) return "sts:TagSession";
  switch (kind) {
    case Kind::queue:
      return "sqs:GetQueueUrl";
    case Kind::topic:
      return "sns:Subscribe";
    case Kind::bucket:
      // The second statement of a trail's bucket asks for an ACL: only some actions know that condition.
      return field.find("Statement[1]") != std::string_view::npos ? "s3:PutObjectAcl" : "s3:ListBucket";
    default:
      return "s3:GetBucketLocation";
  }
}

std::string other_in_policy(const Resource& resource, const std::string& field, const std::string& text) {
  const std::string_view name = last_name(field);
  if (name == "Version") return "2008-10-17";
  if (name == "Sid") return text + "X";
  if (name == "Effect") return text == "Allow" ? "Deny" : "Allow";
  if (name == "Action") return other_action(resource.kind, field);
  if (name == "Service") return "ec2.amazonaws.com";
  if (name == "AWS") return others_arn(resource, "iam", "role/others");
  if (text == "*") return "arn:aws:s3:::photos";
  // A bucket's policy is about the bucket itself and what is in it.
  if (name == "Resource" && resource.kind == Kind::bucket) return text + "/x";
  return text + "x";  // a resource, a value of a condition
}

std::string other_text(const Resource& resource, const std::string& field, const std::string& text) {
  const std::string_view name = last_name(field);
  if (has(field, "Statement") || name == "Version") return other_in_policy(resource, field, text);
  if (has(field, "event_pattern")) return text + "x";
  if (name == "role") return others_arn(resource, "iam", "role/others");
  if (name == "runtime") return "provided.al2";
  if (name == "architecture") return text == "arm64" ? "x86_64" : "arm64";
  if (name == "dead_letters" || name == "on_failure") return others_arn(resource, "sqs", "others");
  if (name == "arn") return others_arn(resource, "lambda", "function:others");
  if (name == "schedule") return "rate(7 minutes)";
  if (name == "state") return "DISABLED";
  if (name == "action") return "lambda:GetFunction";
  if (name == "principal") return "s3.amazonaws.com";
  if (name == "source_account") return "777788889999";
  if (name == "comparison") return "LessThanThreshold";
  if (name == "missing_data") return text == "breaching" ? "notBreaching" : "breaching";
  if (name == "statistic") return "Minimum";
  if (name == "query") return "SELECT MAX(OperationsFailedReplication) FROM SCHEMA(\"AWS/S3\", RuleId)";
  if (name == "versioning") return "Suspended";
  if (name == "management_events") return "All";
  if (name == "bucket") return resource.side == deploy::Side::source ? "photos" : "photos-dr";
  if (name == "Status") return "Disabled";
  return text + "-changed";
}

std::int64_t other_number(const std::string& field, std::int64_t number) {
  const std::string_view name = last_name(field);
  if (name == "retention_days") return number == 60 ? 90 : 60;  // of the few that Logs takes
  if (name == "period_seconds") return number * 2;
  // As large as they may be.
  if (name == "retries_max" || name == "attempts_max" || name == "event_age_max_seconds" ||
      name == "retention_seconds")
    return number - 1;
  return number + 1;
}

json::value other_value(const Resource& resource, const std::string& field, const json::value& value) {
  if (value.is_bool()) return !value.get_bool();
  if (value.is_int64()) return other_number(field, value.get_int64());
  return json::string(other_text(resource, field, std::string(value.as_string())));
}

// "lifecycle.s3dr-records.AbortIncompleteMultipartUpload"; our rules have more than one. Or the whole rule.
bool is_action_of_lifecycle(std::string_view field) {
  if (!field.starts_with("lifecycle.") || has(field, ".Filter") || has(field, ".Status")) return false;
  return std::ranges::count(field, '.') <= 2;
}

// The service takes the resource without that field.
bool is_removable(const Resource& resource, const std::string& field, std::size_t siblings) {
  const std::string_view name = last_name(field);
  if (has(field, "Statement")) return name == "Sid" || name == "Condition";
  if (name == "Version") return true;
  if (has(field, "event_pattern.")) return siblings > 1;
  if (has(field, "environment.") || has(field, "dimensions.")) return true;
  switch (resource.kind) {
    case Kind::role:
      return field.starts_with("policies.");
    case Kind::queue:
      return name == "policy";
    case Kind::bucket:
      return name == "policy" || name == "lifecycle" || is_action_of_lifecycle(field);
    case Kind::log_group:
      return name == "retention_days";
    case Kind::event_invoke_config:
      return true;
    case Kind::permission:
      return name == "source_arn" || name == "source_account";
    case Kind::subscription:
      return name == "dead_letters";
    case Kind::alarm:
      return name == "description" || name == "missing_data";
    case Kind::rule:
      return name == "description" || (field.starts_with("targets.") && name != "arn");
    default:
      return false;
  }
}

json::object small_policy() {
  return {{"Version", "2012-10-17"},
          {"Statement", json::array{json::object{{"Effect", "Allow"},
                                                 {"Action", json::array{"s3:ListAllMyBuckets"}},
                                                 {"Resource", json::array{"*"}}}}}};
}

// What somebody may add to a map: its key and value.
std::optional<std::pair<std::string, json::value>> addition(const Resource& resource,
                                                            const std::string& field) {
  const std::string queue = others_arn(resource, "sqs", "others");
  if (field == "policies") return {{"more", small_policy()}};
  if (field == "lifecycle") {
    return {{"others", json::object{{"Status", "Enabled"},
                                    {"Filter", json::object{{"Prefix", "others/"}}},
                                    {"Expiration", json::object{{"Days", 1}}}}}};
  }
  if (field == "environment") return {{"MORE", "1"}};
  if (field == "dimensions") return {{"More", "1"}};
  if (field == "event_pattern") return {{"region", json::array{resource.region}}};
  if (field == "targets") {
    return {
        {"more",
         json::object{
             {"arn", queue}, {"attempts_max", 1}, {"event_age_max_seconds", 60}, {"dead_letters", queue}}}};
  }
  if (field.starts_with("targets.") && has(field, "targets.") && field.find('.', 8) == std::string::npos)
    return {{"Input", "{\"bucket\":\"another\"}"}};
  return std::nullopt;
}

Variants variants_of(const Resource& resource, const std::string& field, const json::value& value);

Variants variants_of_texts(const Resource& resource, const std::string& field, const json::array& list) {
  Variants result;
  const auto add = [&](const char* how, json::array other) {
    result.push_back({field, how, std::move(other)});
  };
  json::array changed = list;
  changed.back() = other_value(resource, field, list.back());
  add("changed", std::move(changed));
  if (list.size() > 1) {
    json::array fewer = list;
    fewer.erase(fewer.begin());
    add("removed", std::move(fewer));
  }
  json::array more = list;
  more.push_back(other_value(resource, field, list.front()));
  // In the order of the normal form, as the service's answer will be read.
  std::ranges::sort(more, {}, [](const json::value& text) { return json::serialize(text); });
  add("added", std::move(more));
  return result;
}

Variants variants_of_statements(const Resource& resource, const std::string& field, const json::array& list) {
  Variants result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (Variant& one : variants_of(resource, field + "[" + std::to_string(i) + "]", list[i])) {
      json::array changed = list;
      changed[i] = std::move(one.value);
      result.push_back({one.field, one.how, std::move(changed)});
    }
  }
  if (list.size() > 1) {
    json::array fewer = list;
    fewer.pop_back();
    result.push_back({field, "removed", std::move(fewer)});
  }
  json::array more = list;
  json::value copy = list.back();
  if (copy.is_object()) copy.get_object()["Sid"] = "More";
  more.push_back(std::move(copy));
  result.push_back({field, "added", std::move(more)});
  return result;
}

Variants variants_of_object(const Resource& resource, const std::string& field, const json::object& object) {
  Variants result;
  for (const auto& [key, child] : object) {
    const std::string name = below(field, key);
    if (name == "tags") continue;
    for (Variant& one : variants_of(resource, name, child)) {
      json::object changed = object;
      changed[key] = std::move(one.value);
      result.push_back({one.field, one.how, std::move(changed)});
    }
    if (!is_removable(resource, name, object.size())) continue;
    json::object fewer = object;
    fewer.erase(key);
    result.push_back({name, "removed", std::move(fewer)});
  }
  if (auto more = addition(resource, field)) {
    json::object added = object;
    added[more->first] = std::move(more->second);
    result.push_back({below(field, more->first), "added", std::move(added)});
  }
  return result;
}

Variants variants_of(const Resource& resource, const std::string& field, const json::value& value) {
  if (why_fixed(resource, field)) return {};
  if (const json::object* object = value.if_object()) return variants_of_object(resource, field, *object);
  if (const json::array* list = value.if_array()) {
    if (!list->empty() && list->front().is_object() && last_name(field) == "Statement")
      return variants_of_statements(resource, field, *list);
    if (!list->empty() && list->front().is_object()) {  // [{"exists": false}] of a pattern
      json::array changed = *list;
      changed.front() = json::object{{"exists", true}};
      return {{field, "changed", std::move(changed)}};
    }
    return list->empty() ? Variants() : variants_of_texts(resource, field, *list);
  }
  return {{field, "changed", other_value(resource, field, value)}};
}

void collect_fields(const std::string& field, const json::value& value, std::vector<std::string>& found) {
  if (field == "tags") return;
  if (const json::object* object = value.if_object()) {
    for (const auto& [key, child] : *object) collect_fields(below(field, key), child, found);
    return;
  }
  const json::array* list = value.if_array();
  if (list != nullptr && last_name(field) == "Statement") {
    for (std::size_t i = 0; i < list->size(); ++i)
      collect_fields(field + "[" + std::to_string(i) + "]", (*list)[i], found);
    return;
  }
  found.push_back(field);
}

struct Fixed {
  Kind kind;
  std::string_view field, reason;
};

constexpr Fixed fixed_fields[] = {
    {Kind::role, "attached_policies",
     "managed policies are not there in the embedded cloud (501); tests/e2e/deployment/test_deploy_moto.py "
     "attaches "
     "one"},
    {Kind::subscription, "topic", "its identity: to another topic it is another subscription"},
    {Kind::subscription, "protocol", "its identity: with another protocol it is another subscription"},
    {Kind::subscription, "endpoint", "its identity: to another function it is another subscription"},
    {Kind::permission, "function", "its identity: in another function's policy it is another statement"},
    {Kind::permission, "statement_id", "its identity: under another id it is another statement"},
};

}  // namespace

std::vector<Drift> drifts_of(const Resource& declared) {
  std::vector<Drift> result;
  for (Variant& one : variants_of_object(declared, "", declared.properties))
    result.push_back({std::move(one.field), std::move(one.how), std::move(one.value.as_object())});
  return result;
}

std::vector<std::string> fields_of(const Resource& declared) {
  std::vector<std::string> found;
  collect_fields("", declared.properties, found);
  return found;
}

std::optional<std::string> why_fixed(const Resource& declared, const std::string& field) {
  for (const Fixed& fixed : fixed_fields) {
    if (fixed.kind == declared.kind && fixed.field == field) return std::string(fixed.reason);
  }
  return std::nullopt;
}

bool lies_in(const std::string& path, const std::string& field) {
  if (!path.starts_with(field)) return false;
  return path.size() == field.size() || path[field.size()] == '.' || path[field.size()] == '[';
}

}  // namespace s3dr::sim
