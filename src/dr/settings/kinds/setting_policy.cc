#include "dr/settings/kinds/setting_policy.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <utility>

#include "aws/arn.h"
#include "aws/hash.h"
#include "aws/policy/policy_reach.h"
#include "aws/policy/policy_text.h"
#include "base/error.h"
#include "base/http_message.h"
#include "dr/settings/kinds/policy_rewrite.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;

using Statements = std::vector<json::object>;

json::object without_sid(json::object statement) {
  statement.erase("Sid");
  return aws::normal_statement(statement);
}

// nullopt: it cannot be understood.
std::optional<aws::PolicyStatement> understood(const json::object& statement) {
  try {
    return aws::parse_policy(aws::normal_policy({statement}), aws::PolicyUse::resource).statements.at(0);
  } catch (const Error&) {
    return std::nullopt;
  }
}

SettingDocument document_of(const Statements& statements) {
  if (statements.empty()) return std::nullopt;
  return aws::normal_policy(statements);
}

Statements statements_of(const SettingDocument& document) {
  return document ? aws::normal_statements(*document) : Statements{};
}

SettingDocument normal_form(std::string_view document) {
  Statements statements = aws::normal_statements(document);
  std::erase_if(statements, [](const json::object& one) { return is_own_sid(aws::sid_of(one)); });
  return document_of(statements);
}

// The same statement always gets the same Sid.
class Clones {
 public:
  void add(const json::object& statement) {
    json::object bare = without_sid(statement);
    const std::string text = json::serialize(bare);
    std::string digest = aws::sha256_hex(text);
    std::string sid = sid_from(digest);
    for (auto found = texts_.find(sid); found != texts_.end(); found = texts_.find(sid)) {
      if (found->second == text) return;
      sid = sid_from(digest = aws::sha256_hex(digest));
    }
    texts_[sid] = text;
    bare["Sid"] = sid;
    statements_.push_back(std::move(bare));
  }
  SettingDocument document() const { return document_of(statements_); }

 private:
  static std::string sid_from(const std::string& digest) {
    return std::string(cloned_sid_prefix) + digest.substr(0, 8);
  }
  std::map<std::string, std::string> texts_;
  Statements statements_;
};

// S3's side of replication writes with these; the rest of the project's own calls with those.
constexpr std::string_view replication_actions[] = {
    "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"};
const std::vector<std::string_view>& executor_actions() {
  static const std::vector<std::string_view> actions = [] {
    std::vector<std::string_view> list = {"s3:ListBucket", "s3:GetBucketTagging", "s3:GetBucketVersioning",
                                          "s3:PutBucketVersioning"};
    for (const s3::SettingCall& call : s3::setting_calls()) {
      list.push_back(call.get_action);
      list.push_back(call.put_action);
      if (!call.delete_action.empty()) list.push_back(call.delete_action);
    }
    return list;
  }();
  return actions;
}
// With these a person takes the replica over in an emergency.
constexpr std::string_view policy_actions[] = {"s3:GetBucketPolicy", "s3:PutBucketPolicy",
                                               "s3:DeleteBucketPolicy"};
constexpr std::string_view object_actions[] = {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject",
                                               "s3:DeleteObject"};

// Whom of ours the Deny may stop; empty: nobody.
std::string whom_it_may_stop(const SettingContext& context, const aws::PolicyStatement& statement) {
  const std::string bucket = aws::bucket_arn(context.partition, context.replica.bucket.text());
  const auto role = [&](const std::string& arn, std::span<const std::string_view> actions,
                        const std::string& resource) {
    aws::RoleAtWork result{arn, actions, resource, {}};
    result.known.set("aws:PrincipalArn", arn).set("aws:PrincipalType", "AssumedRole");
    if (const auto parts = aws::parse_arn(arn)) result.known.set("aws:PrincipalAccount", parts->account);
    if (context.policy.tls) result.known.set("aws:SecureTransport", "true");
    return result;
  };
  if (aws::may_deny(statement, role(context.replication_role_arn, replication_actions, bucket + "/*")))
    return "the replication role";
  const std::string& executor = context.policy.executor_role_arn;
  if (!executor.empty() && aws::may_deny(statement, role(executor, executor_actions(), bucket)))
    return "s3dr's own role";
  std::vector<std::string> exempt = context.policy.break_glass_role_arns;
  if (!context.policy.repair_role_arn.empty()) exempt.push_back(context.policy.repair_role_arn);
  for (const std::string& arn : exempt) {
    if (aws::may_deny(statement, role(arn, policy_actions, bucket)) ||
        aws::may_deny(statement, role(arn, object_actions, bucket + "/*")))
      return "a role that is exempt from the fence";
  }
  return "";
}

std::string name_of(const json::object& statement) {
  if (const std::string sid = aws::sid_of(statement); !sid.empty()) return "statement " + sid;
  const json::value* effect = statement.if_contains("Effect");
  const json::value* actions = statement.if_contains("Action");
  std::string name = "a statement without Sid";
  if (effect != nullptr && effect->is_string())
    name += " (" + std::string(effect->get_string());
  else
    name += " (";
  const bool has_actions = actions != nullptr && actions->is_array() && !actions->get_array().empty();
  return name + (has_actions ? " " + std::string(actions->get_array()[0].get_string()) : "") + ")";
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  Clones now, later;
  bool any_later = false;
  for (const json::object& statement : statements_of(source)) {
    if (is_own_sid(aws::sid_of(statement))) continue;
    const std::string name = name_of(statement);
    Rewritten rewritten = rewrite_statement(context, statement);
    for (const std::string& note : rewritten.left_out) result.left_out.push_back(name + ": " + note);
    if (!rewritten.statement) continue;
    const auto meaning = understood(*rewritten.statement);
    if (!meaning) {
      result.left_out.push_back(name + ": it is not understood");
      continue;
    }
    if (meaning->effect == aws::Effect::deny) {
      if (const std::string whom = whom_it_may_stop(context, *meaning); !whom.empty()) {
        result.left_out.push_back(name + ": this Deny may stop " + whom);
        continue;
      }
    }
    later.add(*rewritten.statement);
    if (aws::is_public(*meaning)) {
      any_later = true;
    } else {
      now.add(*rewritten.statement);
    }
  }
  const auto fits = [&](const SettingDocument& document, const std::string& what) {
    if (!document || document->size() <= bucket_policy_bytes_max) return document;
    result.left_out.push_back(what + " has " + std::to_string(document->size()) +
                              " bytes after rewriting; S3 takes " + std::to_string(bucket_policy_bytes_max));
    return SettingDocument{};
  };
  result.document = fits(now.document(), "the policy");
  if (any_later) result.later = fits(later.document(), "the policy for a failover");
  return result;
}

// A statement to compare: its text without its name, and its meaning.
struct Compared {
  std::string text;
  bool allows = false;  // not sure: it denies
  std::optional<aws::PolicyStatement> meaning;
};

std::vector<Compared> compared(const SettingDocument& document) {
  std::vector<Compared> result;
  for (const json::object& statement : statements_of(document)) {
    Compared one{json::serialize(without_sid(statement)), false, understood(statement)};
    const json::value* effect = statement.if_contains("Effect");
    one.allows = effect != nullptr && *effect == json::value("Allow");
    result.push_back(std::move(one));
  }
  return result;
}

// Is it said by `others` already, in the same words or in wider ones?
bool is_said(const Compared& one, const std::vector<Compared>& others) {
  return std::ranges::any_of(others, [&](const Compared& other) {
    if (other.text == one.text) return true;
    return other.allows == one.allows && one.meaning && other.meaning &&
           aws::covers(*other.meaning, *one.meaning);
  });
}

std::set<std::string> texts_of(const std::vector<Compared>& statements) {
  std::set<std::string> result;
  for (const Compared& one : statements) result.insert(one.text);
  return result;
}

// What was allowed before is `more` allowed when a wanted Allow goes beyond the present ones, or a present Deny is gone.
bool lets_more(const std::vector<Compared>& before, const std::vector<Compared>& after) {
  const bool allows_more =
      std::ranges::any_of(after, [&](const Compared& one) { return one.allows && !is_said(one, before); });
  return allows_more || std::ranges::any_of(
                            before, [&](const Compared& one) { return !one.allows && !is_said(one, after); });
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  const std::vector<Compared> before = compared(present), after = compared(wanted);
  if (texts_of(before) == texts_of(after)) return Strictness::equal;
  if (lets_more(before, after)) return Strictness::weaker;
  return lets_more(after, before) ? Strictness::stricter : Strictness::neutral;
}

std::string summary(const SettingDocument& document) {
  const Statements statements = statements_of(document);
  if (statements.empty()) return "none";
  const auto held = std::ranges::count_if(statements, [](const json::object& one) {
    const auto meaning = understood(one);
    return meaning && aws::is_public(*meaning);
  });
  std::string text =
      std::to_string(statements.size()) + (statements.size() == 1 ? " statement" : " statements");
  if (held > 0) text += ", " + std::to_string(held) + " held for failover";
  return text;
}

}  // namespace

bool is_cloned_sid(std::string_view sid) {
  if (!sid.starts_with(cloned_sid_prefix)) return false;
  sid.remove_prefix(cloned_sid_prefix.size());
  return sid.size() == 8 && sid.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_own_sid(std::string_view sid) {
  return sid == replica_policy_sid || sid == fence_sid || sid == fence_settings_sid || sid == tls_sid;
}

SettingDocument cloned_part(const SettingDocument& replica) {
  Statements statements = statements_of(replica);
  std::erase_if(statements, [](const json::object& one) { return !is_cloned_sid(aws::sid_of(one)); });
  return document_of(statements);
}

Setting policy_setting() {
  return {s3::SettingKind::policy,
          "bucket policy",
          Follow::clone,
          "who may read the source may read the replica; what would let everybody in waits for a failover",
          normal_form,
          transform,
          compare,
          summary};
}

}  // namespace s3dr::dr
