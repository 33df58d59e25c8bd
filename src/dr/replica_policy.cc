#include "dr/replica_policy.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "aws/arn.h"
#include "aws/policy/policy_text.h"
#include "base/error.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;

// Writing replicas, and making the destination their owner, which the rule asks for between accounts.
constexpr std::string_view replication_actions[] = {
    "s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"};
// What changes an object, a version or what protects it. Parts of an upload ask for s3:PutObject, too. Ending an upload
// that was cut off is left free.
constexpr std::string_view object_actions[] = {"s3:BypassGovernanceRetention",
                                               "s3:DeleteObject",
                                               "s3:DeleteObjectTagging",
                                               "s3:DeleteObjectVersion",
                                               "s3:DeleteObjectVersionTagging",
                                               "s3:PutObject",
                                               "s3:PutObjectAcl",
                                               "s3:PutObjectLegalHold",
                                               "s3:PutObjectRetention",
                                               "s3:PutObjectTagging",
                                               "s3:PutObjectVersionAcl",
                                               "s3:PutObjectVersionTagging",
                                               "s3:RestoreObject"};
// Of AWS alone: another store would refuse the policy, because it does not know them.
constexpr std::string_view aws_object_actions[] = {"s3:DeleteObjectAnnotation", "s3:PutObjectAnnotation",
                                                   "s3:UpdateObjectEncryption"};
// What makes S3 itself delete or overwrite, which passes any policy. PutBucketPolicy is not among them: who owns the
// account must be able to lift the fence.
constexpr std::string_view setting_actions[] = {"s3:DeleteBucket",
                                                "s3:PutBucketObjectLockConfiguration",
                                                "s3:PutBucketVersioning",
                                                "s3:PutEncryptionConfiguration",
                                                "s3:PutLifecycleConfiguration",
                                                "s3:PutReplicationConfiguration"};

json::array listed(std::span<const std::string_view> texts) {
  json::array list;
  for (const std::string_view text : texts) list.emplace_back(text);
  return list;
}

std::vector<std::string_view> fenced_actions(StoreKind store) {
  std::vector<std::string_view> actions(std::begin(object_actions), std::end(object_actions));
  if (store == StoreKind::aws)
    actions.insert(actions.end(), std::begin(aws_object_actions), std::end(aws_object_actions));
  std::ranges::sort(actions);
  return actions;
}

json::array listed(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  texts.erase(std::ranges::unique(texts).begin(), texts.end());
  json::array list;
  for (std::string& text : texts) list.emplace_back(std::move(text));
  return list;
}

json::object allow_replication(const std::string& bucket, const std::string& role_arn) {
  return {{"Sid", replica_policy_sid},
          {"Effect", "Allow"},
          {"Principal", json::object{{"AWS", role_arn}}},
          {"Action", listed(replication_actions)},
          {"Resource", bucket + "/*"}};
}

// For everybody but `exempt`. A request without a role's ARN, like an anonymous one, is not exempt.
json::object deny(std::string_view sid, std::span<const std::string_view> actions,
                  const std::string& resource, const std::vector<std::string>& exempt) {
  json::object statement{{"Sid", sid},
                         {"Effect", "Deny"},
                         {"Principal", "*"},
                         {"Action", listed(actions)},
                         {"Resource", resource}};
  if (!exempt.empty())
    statement["Condition"] = json::object{{"ArnNotLike", json::object{{"aws:PrincipalArn", listed(exempt)}}}};
  return statement;
}

json::object tls_only(const std::string& bucket) {
  return {{"Sid", tls_sid},
          {"Effect", "Deny"},
          {"Principal", "*"},
          {"Action", "s3:*"},
          {"Resource", json::array{bucket, bucket + "/*"}},
          {"Condition", json::object{{"Bool", json::object{{"aws:SecureTransport", "false"}}}}}};
}

// A statement of ours that should be there, or should not.
struct Own {
  std::string_view sid;
  std::optional<json::object> wanted;
  bool kept_as_it_is = false;
};

std::vector<Own> own_statements(const std::string& bucket, const ReplicaPolicyWish& wish) {
  std::vector<Own> result;
  result.push_back({replica_policy_sid, {}});
  if (wish.replication) result.back().wanted = allow_replication(bucket, wish.role_arn);
  const bool untouched = !wish.fence;
  const bool fence = wish.fence.value_or(false);
  result.push_back({fence_sid, {}, untouched});
  if (fence)
    result.back().wanted = deny(fence_sid, fenced_actions(wish.store), bucket + "/*", wish.exempt_role_arns);
  // Who does not know the executor leaves it as it is: a command has the configuration alone, a function knows its role.
  const bool is_unknown = fence && wish.executor_role_arn.empty();
  result.push_back({fence_settings_sid, {}, untouched || is_unknown});
  if (fence && !is_unknown) {
    std::vector<std::string> exempt = wish.exempt_role_arns;
    exempt.push_back(wish.executor_role_arn);
    result.back().wanted = deny(fence_settings_sid, setting_actions, bucket, exempt);
  }
  result.push_back({tls_sid, {}, untouched});
  if (fence && wish.tls) result.back().wanted = tls_only(bucket);
  return result;
}

std::vector<std::string> as_list(const json::value* value) {
  std::vector<std::string> texts;
  const auto add = [&](const json::value& one) {
    texts.push_back(one.is_string() ? std::string(one.get_string()) : json::serialize(one));
  };
  if (value == nullptr) return texts;
  if (value->is_array()) {
    for (const json::value& one : value->get_array()) add(one);
  } else {
    add(*value);
  }
  std::ranges::sort(texts);
  return texts;
}

std::vector<std::string> principal_of(const json::object& statement) {
  const json::value* principal = statement.if_contains("Principal");
  if (principal == nullptr || !principal->is_object()) return as_list(principal);
  const json::object& kinds = principal->get_object();
  return kinds.size() == 1 ? as_list(kinds.if_contains("AWS")) : std::vector<std::string>{};
}

json::value condition_of(const json::object& statement) {
  const json::value* condition = statement.if_contains("Condition");
  if (condition == nullptr || !condition->is_object())
    return condition == nullptr ? json::value() : *condition;
  return aws::normal_statement({{"Condition", *condition}});
}

std::string difference_of(const json::object& found, const json::object& wanted) {
  if (principal_of(found) != principal_of(wanted)) return "another principal";
  for (const auto& [name, what] :
       {std::pair("Effect", "another effect"), std::pair("Action", "other actions"),
        std::pair("Resource", "other resources")}) {
    if (as_list(found.if_contains(name)) != as_list(wanted.if_contains(name))) return what;
  }
  for (const auto& [name, value] : found) {
    if (!wanted.contains(name)) return std::string("with ") + std::string(name);  // a condition …
  }
  return condition_of(found) == condition_of(wanted) ? "" : "another condition";
}

// The policy as it is, sorted out.
struct Present {
  aws::PolicyText text;                          // without statements
  std::vector<std::string> others;               // the bytes of each one
  std::vector<std::string> cloned;               // likewise
  std::map<std::string, json::object> own;       // by Sid
  std::map<std::string, std::string> own_bytes;  // by Sid
};

json::object object_of(const std::string& bytes) {
  return json::parse(bytes).get_object();  // cut_policy has read it
}

Present sorted_out(const s3::BucketName& replica, const std::string* document) {
  Present result;
  if (document == nullptr) {
    result.text.members.emplace_back("Version", "\"2012-10-17\"");
    return result;
  }
  std::optional<aws::PolicyText> cut;
  try {
    cut = aws::cut_policy(*document);
  } catch (const Error&) {
    throw Error(ErrorKind::corrupt, "the bucket policy is not readable").with_resource(replica.text());
  }
  result.text = std::move(*cut);
  for (std::string& bytes : std::exchange(result.text.statements, {})) {
    json::object statement = object_of(bytes);
    const std::string sid = aws::sid_of(statement);
    if (is_own_sid(sid)) {
      const bool repeated = result.own.contains(sid);  // then neither is right
      result.own[sid] = repeated ? json::object() : std::move(statement);
      result.own_bytes[sid] = std::move(bytes);
    } else if (is_cloned_sid(sid)) {
      result.cloned.push_back(std::move(bytes));
    } else {
      result.others.push_back(std::move(bytes));
    }
  }
  return result;
}

// A document of the older version has no variables, and the same bytes would be some in the newer one.
bool has_variables(const Present& present) {
  return std::ranges::find(present.text.members,
                           std::pair<std::string, std::string>("Version", "\"2012-10-17\"")) !=
         present.text.members.end();
}

bool writes_variables(const std::vector<std::string>& statements) {
  return std::ranges::any_of(statements,
                             [](const std::string& one) { return one.find("${") != std::string::npos; });
}

void use_variables(Present& present) {
  std::erase_if(present.text.members, [](const auto& member) { return member.first == "Version"; });
  present.text.members.emplace(present.text.members.begin(), "Version", "\"2012-10-17\"");
}

std::set<std::string> meanings_of(const std::vector<std::string>& statements) {
  std::set<std::string> result;
  for (const std::string& one : statements)
    result.insert(json::serialize(aws::normal_statement(object_of(one))));
  return result;
}

std::vector<std::string> statements_of(const SettingDocument& document) {
  return document ? aws::cut_policy(*document).statements : std::vector<std::string>{};
}

void add(std::string& list, const std::string& what) {
  list += (list.empty() ? "" : ", ") + what;
}

std::string joined(const Present& present, const std::vector<std::string>& cloned,
                   const std::vector<Own>& own) {
  aws::PolicyText text = present.text;
  text.statements = present.others;
  text.statements.insert(text.statements.end(), cloned.begin(), cloned.end());
  for (const Own& one : own) {
    const auto found = present.own_bytes.find(std::string(one.sid));
    if (one.wanted) {
      text.statements.push_back(json::serialize(*one.wanted));
    } else if (one.kept_as_it_is && found != present.own_bytes.end()) {
      text.statements.push_back(found->second);
    }
  }
  return text.statements.empty() ? std::string() : aws::joined_policy(text);
}

}  // namespace

bool needs_replica_policy(const Policy& policy) {
  return policy.source_account != policy.destination_account;
}

bool wants_replica_policy(const Policy& policy, const Record* record) {
  return needs_replica_policy(policy) || (record != nullptr && record->fence);
}

ReplicaPolicyWish replica_policy_wish(const Policy& policy, const Record* record, std::string role_arn) {
  ReplicaPolicyWish wish;
  wish.replication = needs_replica_policy(policy);
  wish.role_arn = std::move(role_arn);
  if (record != nullptr && record->fence) wish.fence = policy.settings.harden;
  wish.tls = policy.settings.tls;
  wish.store = policy.store.kind;
  wish.exempt_role_arns = policy.settings.break_glass_role_arns;
  if (!policy.settings.repair_role_arn.empty())
    wish.exempt_role_arns.push_back(policy.settings.repair_role_arn);
  wish.executor_role_arn = policy.settings.executor_role_arn;
  return wish;
}

ReplicaPolicyChange replica_policy_change(const std::string& partition, const s3::BucketName& replica,
                                          const ReplicaPolicyWish& wish, const std::string* document) {
  ReplicaPolicyChange result;
  Present present = sorted_out(replica, document);
  const std::vector<Own> own = own_statements(aws::bucket_arn(partition, replica.text()), wish);
  for (const Own& one : own) {
    const auto found = present.own.find(std::string(one.sid));
    const bool there = found != present.own.end();
    if (!one.wanted) {
      if (there && !one.kept_as_it_is) add(result.difference, std::string(one.sid) + " no longer asked for");
      continue;
    }
    const std::string difference = there ? difference_of(found->second, *one.wanted) : "missing";
    if (difference.empty()) continue;
    add(result.difference, std::string(one.sid) + " " + difference);
    if (one.sid == replica_policy_sid) result.closed = difference;
  }
  std::vector<std::string> cloned = wish.cloned ? statements_of(*wish.cloned) : present.cloned;
  if (!has_variables(present) && wish.cloned && writes_variables(cloned)) {
    if (writes_variables(present.others)) {
      std::erase_if(cloned, [](const std::string& one) { return one.find("${") != std::string::npos; });
      result.left_out.emplace_back(
          "statements with variables: the replica's policy is of version 2008-10-17, which has none");
    } else {
      use_variables(present);
    }
  }
  result.document = joined(present, cloned, own);
  if (result.document.size() > bucket_policy_bytes_max && wish.cloned && !cloned.empty()) {
    result.left_out.push_back("the cloned statements: with them the replica's policy has " +
                              std::to_string(result.document.size()) + " bytes; S3 takes " +
                              std::to_string(bucket_policy_bytes_max));
    cloned.clear();
    result.document = joined(present, cloned, own);
  }
  if (wish.cloned && meanings_of(cloned) != meanings_of(present.cloned))
    add(result.difference, "other cloned statements");
  return result;
}

}  // namespace s3dr::dr
