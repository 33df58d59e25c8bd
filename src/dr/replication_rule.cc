#include "dr/replication_rule.h"

#include <algorithm>
#include <set>
#include <utility>

#include "aws/arn.h"
#include "aws/hash.h"
#include "s3/replication_match.h"
#include "s3/xml_bucket.h"

namespace s3dr::dr {
namespace {

using s3::ReplicationConfiguration;
using s3::ReplicationRule;
using s3::Switch;

bool points_to(const ReplicationRule& rule, const s3::BucketName& replica) {
  return s3::destination_bucket(rule.destination) == replica;
}

// S3 takes so many in one configuration (docs/protocol.md, Replication configuration).
constexpr std::size_t rules_max = 1'000;

// Different from all others: S3 could not choose between two rules with the same number.
std::int64_t free_priority(const std::vector<ReplicationRule>& others, const ReplicationRule* present) {
  std::set<std::int64_t> taken;
  for (const ReplicationRule& rule : others) {
    if (rule.priority) taken.insert(*rule.priority);
  }
  if (present != nullptr && present->priority && !taken.contains(*present->priority)) {
    return *present->priority;
  }
  std::int64_t lowest_free = 1;
  while (taken.contains(lowest_free)) ++lowest_free;
  return lowest_free;
}

std::string owner_override(const Policy& policy) {
  return overrides_owner(policy.rule, policy.source_account != policy.destination_account) ? "Destination"
                                                                                           : "";
}

// Within one account it is left out: AWS documents the element for another account's destination only. A rule
// that has it there means the same.
std::optional<s3::AccountId> stated_account(const Policy& policy) {
  if (policy.source_account == policy.destination_account) return std::nullopt;
  return policy.destination_account;
}

bool may_be_replaced(const ReplicationRule& rule, std::string_view may_replace) {
  return !may_replace.empty() && rule.id == may_replace;
}

constexpr std::size_t fingerprint_digits = 8;

void drop_disabled(std::optional<Switch>& setting) {
  if (setting == Switch::disabled) setting.reset();
}

// One form for all rules that mean the same.
ReplicationRule normal_form(ReplicationRule rule) {
  rule.id.clear();
  if (!rule.is_v1() && !rule.filter) rule.filter.emplace();
  if (rule.filter) {
    if (rule.filter->prefix == "") rule.filter->prefix.reset();
    std::ranges::sort(rule.filter->tags, {},
                      [](const s3::Tag& tag) { return std::pair(tag.key, tag.value); });
  }
  drop_disabled(rule.delete_marker_replication);
  drop_disabled(rule.existing_object_replication);
  drop_disabled(rule.sse_kms_encrypted_objects);
  drop_disabled(rule.replica_modifications);
  drop_disabled(rule.destination.replication_time);
  drop_disabled(rule.destination.metrics);
  if (!rule.destination.replication_time) rule.destination.replication_time_minutes.reset();
  if (!rule.destination.metrics) rule.destination.metrics_event_threshold_minutes.reset();
  return rule;
}

std::string short_hash(const std::string& text) {
  return aws::sha256_hex(text).substr(0, fingerprint_digits);
}

// Why a rule cannot come back beside the others; empty: it can.
std::string why_not_beside(const ReplicationRule& rule, const std::vector<ReplicationRule>& others) {
  for (const ReplicationRule& other : others) {
    if (!rule.id.empty() && other.id == rule.id)
      return "another rule with the id \"" + rule.id + "\" is there now";
    if (rule.priority && rule.priority == other.priority)
      return "rule \"" + other.id + "\" has the priority " + std::to_string(*rule.priority) + " now";
  }
  return "";
}

bool means_the_same(const std::vector<ReplicationRule>& rules, const ReplicationRule& wanted) {
  return std::ranges::any_of(
      rules, [&](const ReplicationRule& rule) { return fingerprint(rule) == fingerprint(wanted); });
}

bool is_of_another_protection(const Policy& policy, const s3::BucketName& source,
                              const ReplicationRule& rule) {
  return std::ranges::any_of(policy.others, [&](const OtherProtection& other) {
    return other.destination != destination_of(policy) &&
           rule.id == rule_id(policy, source, other.destination);
  });
}

bool is_of_any_protection(const Policy& policy, const s3::BucketName& source, const ReplicationRule& rule) {
  return rule.id == rule_id(policy, source) || is_of_another_protection(policy, source, rule);
}

}  // namespace

std::string rule_id(const Policy& policy, const s3::BucketName& source) {
  return rule_id(policy, source, destination_of(policy));
}

std::string rule_id(const Policy& policy, const s3::BucketName& source, const Place& destination) {
  const std::string identity = policy.source_account.text() + "/" + policy.source_region.text() + "/" +
                               source.text() + ">" + destination.account.text() + "/" +
                               destination.region.text();
  return "s3dr-" + aws::sha256_hex(identity).substr(0, 16);
}

ReplicationRule desired_rule(const Policy& policy, const s3::BucketName& source,
                             const s3::BucketName& replica, std::int64_t priority) {
  ReplicationRule rule;
  rule.id = rule_id(policy, source);
  rule.priority = priority;
  const RuleOptions& options = policy.rule;
  rule.filter.emplace();
  if (!options.prefix.empty()) rule.filter->prefix = options.prefix;
  rule.filter->tags = options.tags;
  rule.status = Switch::enabled;
  rule.delete_marker_replication = options.delete_markers ? Switch::enabled : Switch::disabled;
  if (options.replica_modifications) rule.replica_modifications = Switch::enabled;
  rule.destination.bucket_arn = aws::bucket_arn(policy.partition, replica.text());
  rule.destination.account = stated_account(policy);
  rule.destination.access_control_translation = owner_override(policy);
  rule.destination.storage_class = options.storage_class;
  if (options.metrics) rule.destination.metrics = Switch::enabled;
  if (options.replication_time) {
    rule.destination.replication_time = Switch::enabled;
    rule.destination.replication_time_minutes = replication_time_minutes;
    rule.destination.metrics_event_threshold_minutes = replication_time_minutes;
  }
  return rule;
}

const ReplicationRule* find_rule(const ReplicationConfiguration& configuration, std::string_view id) {
  const auto found = std::find_if(configuration.rules.begin(), configuration.rules.end(),
                                  [&](const ReplicationRule& rule) { return rule.id == id; });
  return found == configuration.rules.end() ? nullptr : &*found;
}

std::optional<std::string> rule_conflict(const Policy& policy, const s3::BucketName& source,
                                         const s3::BucketName& replica, std::string_view may_replace,
                                         const ReplicationConfiguration& configuration) {
  for (const ReplicationRule& rule : foreign_rules(policy, source, configuration)) {
    if (may_be_replaced(rule, may_replace)) continue;
    if (points_to(rule, replica)) {
      return "rule \"" + rule.id + "\" of bucket " + source.text() + " already replicates to " +
             replica.text() + " and is not ours";
    }
    if (rule.is_v1()) {
      return "rule \"" + rule.id + "\" of bucket " + source.text() +
             " is of the old kind (V1, without a Filter); S3 refuses to mix it with ours";
    }
  }
  std::vector<ReplicationRule> others = all_but_ours(policy, source, configuration);
  std::erase_if(others, [&](const ReplicationRule& rule) { return may_be_replaced(rule, may_replace); });
  for (const ReplicationRule& rule : others) {
    if (!policy.rule.priority || rule.priority != policy.rule.priority) continue;
    return "rule \"" + rule.id + "\" of bucket " + source.text() + " has the priority " +
           std::to_string(*rule.priority) + ", which rule.priority in the configuration asks for";
  }
  if (others.size() >= rules_max) {
    return "bucket " + source.text() + " has " + std::to_string(others.size()) +
           " other replication rules; S3 takes at most " + std::to_string(rules_max) +
           ", so there is no room for ours";
  }
  return std::nullopt;
}

ReplicationConfiguration with_our_rule(const Policy& policy, const s3::BucketName& source,
                                       const s3::BucketName& replica, std::string_view may_replace,
                                       ReplicationConfiguration configuration) {
  std::erase_if(configuration.rules,
                [&](const ReplicationRule& rule) { return may_be_replaced(rule, may_replace); });
  const bool is_all_ours = foreign_rules(policy, source, configuration).empty();
  const auto others = all_but_ours(policy, source, configuration);
  const std::string id = rule_id(policy, source);
  const ReplicationRule* present = find_rule(configuration, id);
  const std::int64_t priority = policy.rule.priority.value_or(free_priority(others, present));
  const ReplicationRule ours = desired_rule(policy, source, replica, priority);
  std::erase_if(configuration.rules, [&](const ReplicationRule& rule) { return rule.id == id; });
  configuration.rules.push_back(ours);
  // One role serves all rules. With another role the others' rules might stop working.
  if (is_all_ours || configuration.role_arn.empty()) configuration.role_arn = policy.replication_role_arn;
  return configuration;
}

ReplicationConfiguration with_our_rule_disabled(const Policy& policy, const s3::BucketName& source,
                                                ReplicationConfiguration configuration) {
  const std::string id = rule_id(policy, source);
  for (ReplicationRule& rule : configuration.rules) {
    if (rule.id == id) rule.status = Switch::disabled;
  }
  return configuration;
}

std::vector<ReplicationRule> all_but_ours(const Policy& policy, const s3::BucketName& source,
                                          const ReplicationConfiguration& configuration) {
  std::vector<ReplicationRule> result = configuration.rules;
  const std::string id = rule_id(policy, source);
  std::erase_if(result, [&](const ReplicationRule& rule) { return rule.id == id; });
  return result;
}

std::vector<ReplicationRule> foreign_rules(const Policy& policy, const s3::BucketName& source,
                                           const ReplicationConfiguration& configuration) {
  std::vector<ReplicationRule> result = all_but_ours(policy, source, configuration);
  std::erase_if(result,
                [&](const ReplicationRule& rule) { return is_of_another_protection(policy, source, rule); });
  return result;
}

std::string fingerprint(const ReplicationRule& rule) {
  return short_hash(s3::write_replication_configuration({"", {normal_form(rule)}}));
}

std::string fingerprint(const ReplicationConfiguration& configuration) {
  std::vector<std::string> rules;
  for (const ReplicationRule& rule : configuration.rules) rules.push_back(fingerprint(rule));
  std::ranges::sort(rules);
  std::string text = configuration.role_arn;
  for (const std::string& rule : rules) text += "\n" + rule;
  return short_hash(text);
}

Restoration restoration(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica,
                        const ReplicationConfiguration& lost, const std::vector<std::string>& undone,
                        const ReplicationConfiguration& present) {
  Restoration result;
  const std::vector<ReplicationRule> others = foreign_rules(policy, source, present);
  ReplicationConfiguration next{present.role_arn, {}};
  for (const ReplicationRule& rule : lost.rules) {
    if (!means_the_same(others, rule)) result.rules.push_back(rule);
  }
  if (result.rules.empty()) return result;

  for (const ReplicationRule& rule : others) {
    const bool gives_way = std::ranges::find(undone, fingerprint(rule)) != undone.end() &&
                           find_rule({"", result.rules}, rule.id) != nullptr;
    (gives_way ? result.replaced : next.rules).push_back(rule);
  }
  if ((next.rules.empty() || next.role_arn.empty()) && !lost.role_arn.empty()) next.role_arn = lost.role_arn;
  for (const ReplicationRule& rule : result.rules) {
    result.refused = why_not_beside(rule, next.rules);
    if (!result.refused.empty()) return result;
    next.rules.push_back(rule);
  }
  if (find_rule(present, rule_id(policy, source)) != nullptr) {
    if (const auto conflict = rule_conflict(policy, source, replica, "", next)) {
      result.refused = *conflict;
      return result;
    }
  }
  for (const ReplicationRule& rule : present.rules) {
    if (!is_of_any_protection(policy, source, rule)) continue;
    ReplicationRule kept = rule;
    if (kept.priority) kept.priority = free_priority(next.rules, &rule);
    next.rules.push_back(kept);
  }
  if (const auto refusal = s3::why_refused(next)) {
    result.refused = refusal->message;
    return result;
  }
  result.configuration = std::move(next);
  return result;
}

std::string pass_role_advice(const Policy& policy, const std::string& role_arn) {
  if (role_arn.empty() || role_arn == policy.replication_role_arn) return "";
  return "The bucket's rules name the role " + role_arn +
         ", and S3 has one role for all rules of a bucket. Put it under pass_roles in the configuration and "
         "run "
         "s3dr deploy apply, or add this statement to the role of enable_replication: "
         R"({"Effect":"Allow","Action":"iam:PassRole","Resource":")" +
         role_arn + R"(","Condition":{"StringEquals":{"iam:PassedToService":"s3.amazonaws.com"}}})";
}

}  // namespace s3dr::dr
