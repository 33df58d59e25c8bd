#include "dr/settings/kinds/policy_rewrite.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "aws/arn.h"
#include "aws/policy/policy_text.h"
#include "base/http_message.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

// The id that AWS shows in place of a principal that was deleted: "AIDA…" of a user, "AROA…" of a role.
bool is_deleted_principal(const std::string& name) {
  return name.size() >= 16 && (name.starts_with("AIDA") || name.starts_with("AROA")) &&
         std::ranges::all_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

// Each step sets `why` when the whole statement is to be left out.
void drop_deleted_principals(json::object& statement, std::vector<std::string>& left_out, std::string& why) {
  for (const char* name : {"Principal", "NotPrincipal"}) {
    json::value* principal = statement.if_contains(name);
    json::object* kinds = principal == nullptr ? nullptr : principal->if_object();
    json::value* listed = kinds == nullptr ? nullptr : kinds->if_contains("AWS");
    if (listed == nullptr || !listed->is_array()) continue;
    json::array kept;
    std::string gone;
    for (const json::value& one : listed->get_array()) {
      if (is_deleted_principal(text_of(one))) {
        gone += (gone.empty() ? "" : ", ") + text_of(one);
      } else {
        kept.push_back(one);
      }
    }
    if (gone.empty()) continue;
    if (kept.empty() && kinds->size() == 1) {
      why = "its principal was deleted (" + gone + "), so it names nobody";
      return;
    }
    left_out.push_back("principal " + gone + " was deleted");
    if (kept.empty()) {
      kinds->erase("AWS");
    } else {
      *listed = std::move(kept);
    }
  }
}

// "arn:aws:s3:::ledger" and what is behind it, of the replica. nullopt: it is not the source's.
std::optional<std::string> own_rewritten(const SettingContext& context, std::string_view text) {
  const std::string own = aws::bucket_arn(context.partition, context.source.bucket.text());
  if (text != own && !text.starts_with(own + "/")) return std::nullopt;
  return aws::bucket_arn(context.partition, context.replica.bucket.text()) +
         std::string(text.substr(own.size()));
}

// "arn:aws:s3:::led*" reaches the source and all that is in it; so does what it becomes.
std::vector<std::string> resource_rewritten(const SettingContext& context, const std::string& text,
                                            std::string& why) {
  if (text == "*") return {text};
  if (const auto own = own_rewritten(context, text)) return {*own};
  const std::string buckets = "arn:" + context.partition + ":s3:::";
  if (text.starts_with(buckets)) {
    const std::string name = text.substr(buckets.size());
    const std::string bucket = name.substr(0, name.find('/'));
    if (bucket == "*") return {text};
    const std::string stem = name.substr(0, name.find_first_of("*?$"));
    const bool reaches_all = name == stem + "*" && context.source.bucket.text().starts_with(stem);
    if (reaches_all && context.replica.bucket.text().starts_with(stem)) return {text};
    const std::string replica = aws::bucket_arn(context.partition, context.replica.bucket.text());
    if (reaches_all) return {replica, replica + "/*"};
  }
  if (const auto other = mapped(context.policy, text)) return {*other};
  why = "its resource " + text + " is not plainly the source, and no mapping names its counterpart";
  return {};
}

// Keys whose values are of one region or network, whatever they look like.
bool is_bound_key(const std::string& key) {
  const std::string name = lower_case(key);
  return name.starts_with("aws:sourcevpc") || name == "aws:vpcsourceip" || name == "aws:requestedregion" ||
         name == "s3:dataaccesspointarn" || name == "s3:x-amz-server-side-encryption-aws-kms-key-id";
}

bool is_of_a_region(const std::string& value) {
  const auto arn = aws::parse_arn(value);
  return arn && !arn->region.empty() && arn->region != "*";
}

std::string value_rewritten(const SettingContext& context, const std::string& key, const std::string& value,
                            std::string& why) {
  if (const auto own = own_rewritten(context, value)) return *own;
  if (!is_bound_key(key) && !is_of_a_region(value)) return value;
  if (const auto other = mapped(context.policy, value)) return *other;
  if (lower_case(key) == "aws:requestedregion" && value == context.source.region.text())
    return context.replica.region.text();
  why = "its condition on " + key + " names " + value +
        " of the source's region or network, and no mapping names its counterpart";
  return value;
}

void rewrite_resources(const SettingContext& context, json::object& statement, std::string& why) {
  for (const char* name : {"Resource", "NotResource"}) {
    json::value* listed = statement.if_contains(name);
    if (listed == nullptr) continue;
    json::array result;
    for (const json::value& one : listed->get_array()) {
      for (std::string& text : resource_rewritten(context, text_of(one), why))
        result.emplace_back(std::move(text));
    }
    *listed = std::move(result);
  }
}

void rewrite_conditions(const SettingContext& context, json::object& statement, std::string& why) {
  json::value* condition = statement.if_contains("Condition");
  if (condition == nullptr) return;
  for (auto& [op, keys] : condition->get_object()) {
    if (op == "Null") continue;  // asks only whether the key is there
    for (auto& [key, values] : keys.get_object()) {
      for (json::value& value : values.get_array())
        value = value_rewritten(context, std::string(key), text_of(value), why);
    }
  }
}

}  // namespace

Rewritten rewrite_statement(const SettingContext& context, const json::object& statement) {
  Rewritten result;
  json::object changed = statement;
  std::string why;
  drop_deleted_principals(changed, result.left_out, why);
  if (why.empty()) rewrite_resources(context, changed, why);
  if (why.empty()) rewrite_conditions(context, changed, why);
  if (why.empty()) {
    result.statement = aws::normal_statement(changed);
  } else {
    result.left_out.push_back(why);
  }
  return result;
}

}  // namespace s3dr::dr
