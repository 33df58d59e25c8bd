#include "s3/lifecycle.h"

#include <algorithm>
#include <set>
#include <utility>

namespace s3dr::s3 {
namespace {

constexpr std::size_t rules_max = 1'000;
constexpr std::size_t id_bytes_max = 255;
constexpr std::size_t prefix_bytes_max = 1'024;
constexpr std::int64_t object_bytes_max = 1'099'511'627'776'000;  // as S3's message says
constexpr std::int64_t infrequent_access_days_min = 30;
constexpr std::int64_t newer_versions_max = 100;  // API reference, NoncurrentVersionExpiration

using Refused = std::optional<Refusal>;

Refused invalid_request(std::string why) {
  return Refusal{"InvalidRequest", std::move(why)};
}

Refused invalid_argument(std::string why) {
  return Refusal{"InvalidArgument", std::move(why)};
}

Refused not_positive(std::string_view field, std::string_view action) {
  return invalid_argument("'" + std::string(field) + "' for " + std::string(action) +
                          " action must be a positive integer");
}

// How many noncurrent versions stay.
Refused why_newer_versions_refused(const std::optional<std::int64_t>& newer, std::string_view action) {
  if (newer.value_or(1) < 1) return not_positive("NewerNoncurrentVersions", action);
  if (newer.value_or(1) <= newer_versions_max) return std::nullopt;
  return invalid_argument("'NewerNoncurrentVersions' for " + std::string(action) +
                          " action must not exceed 100");
}

bool is_midnight(Instant time) {
  return time.time_since_epoch().count() % std::chrono::milliseconds(std::chrono::hours(24)).count() == 0;
}

Refused why_form_refused(const LifecycleRule& rule, bool second_form) {
  const bool newer_versions =
      (rule.noncurrent_expiration && rule.noncurrent_expiration->newer_versions) ||
      std::ranges::any_of(rule.noncurrent_transitions,
                          [](const NoncurrentTransition& one) { return one.newer_versions.has_value(); });
  if (second_form && rule.v1_prefix)
    return invalid_request(
        "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.");
  if (!second_form && rule.filter) return invalid_request("Filter element can only be used in Lifecycle V2.");
  if (!second_form && newer_versions)
    return invalid_request("NewerNoncurrentVersions element can only be used in Lifecycle V2.");
  return std::nullopt;
}

Refused why_filter_refused(const LifecycleRule& rule) {
  const LifecycleFilter filter = rule.filter.value_or(LifecycleFilter());
  const std::string prefix = rule.v1_prefix ? *rule.v1_prefix : filter.prefix.value_or("");
  if (prefix.size() > prefix_bytes_max) return invalid_argument("The maximum size of a prefix is 1024.");
  std::set<std::string> keys;
  for (const Tag& tag : filter.tags) {
    if (!keys.insert(tag.key).second) return invalid_request("Duplicate Tag Keys are not allowed.");
  }
  if (const auto why = why_invalid(filter.tags, TagOwner::object)) return Refusal{"InvalidTag", *why};
  const auto& greater = filter.size_greater_than;
  const auto& less = filter.size_less_than;
  if (greater && (*greater < 0 || *greater > object_bytes_max))
    return invalid_request("'ObjectSizeGreaterThan' should be between 0 and 1099511627776000.");
  if (less && (*less < 1 || *less > object_bytes_max))
    return invalid_request("'ObjectSizeLessThan' should be between 1 and 1099511627776000.");
  if (greater && less && *less <= *greater)
    return invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  return std::nullopt;
}

Refused why_expiration_refused(const LifecycleRule& rule) {
  if (rule.expiration) {
    if (rule.expiration->days && *rule.expiration->days < 1) return not_positive("Days", "Expiration");
    if (rule.expiration->date && !is_midnight(*rule.expiration->date))
      return invalid_argument("'Date' must be at midnight GMT");
  }
  if (rule.noncurrent_expiration) {
    if (rule.noncurrent_expiration->days < 1)
      return not_positive("NoncurrentDays", "NoncurrentVersionExpiration");
    if (auto refused = why_newer_versions_refused(rule.noncurrent_expiration->newer_versions,
                                                  "NoncurrentVersionExpiration"))
      return refused;
  }
  if (rule.abort_uploads_after_days && *rule.abort_uploads_after_days < 1)
    return not_positive("DaysAfterInitiation", "AbortIncompleteMultipartUpload");
  return std::nullopt;
}

Refused why_transitions_refused(const LifecycleRule& rule) {
  std::set<std::string> classes, noncurrent_classes;
  bool dated = rule.expiration && rule.expiration->date;
  bool counted = rule.expiration && rule.expiration->days;
  const std::string same_class = "'StorageClass' must be different for 'Transition' actions in same 'Rule'";
  for (const LifecycleTransition& one : rule.transitions) {
    if (one.date && !is_midnight(*one.date)) return invalid_argument("'Date' must be at midnight GMT");
    if (one.days && *one.days < 0)
      return invalid_argument("'Days' for Transition action must be a nonnegative integer");
    const bool infrequent = one.storage_class == "STANDARD_IA" || one.storage_class == "ONEZONE_IA";
    if (infrequent && one.days && *one.days < infrequent_access_days_min)
      return invalid_argument(
          "'Days' in Transition action must be greater than or equal to 30 for storageClass '" +
          one.storage_class + "'");
    if (!classes.insert(one.storage_class).second) return invalid_request(same_class);
    dated |= one.date.has_value();
    counted |= one.days.has_value();
  }
  if (dated && counted)
    return invalid_request(
        "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule");
  for (const NoncurrentTransition& one : rule.noncurrent_transitions) {
    if (one.days < 0)
      return invalid_argument(
          "'NoncurrentDays' for NoncurrentVersionTransition action must be a nonnegative integer");
    if (auto refused = why_newer_versions_refused(one.newer_versions, "NoncurrentVersionTransition"))
      return refused;
    if (!noncurrent_classes.insert(one.storage_class).second) return invalid_request(same_class);
  }
  return std::nullopt;
}

Refused why_combination_refused(const LifecycleRule& rule) {
  if (!rule.expiration && rule.transitions.empty() && rule.noncurrent_transitions.empty() &&
      !rule.noncurrent_expiration && !rule.abort_uploads_after_days)
    return invalid_request("At least one action needs to be specified in a rule");
  if (!rule.filter) return std::nullopt;
  const bool sized = rule.filter->size_greater_than || rule.filter->size_less_than;
  const bool marker = rule.expiration && rule.expiration->expired_object_delete_marker;
  for (const auto& [there, action] :
       {std::pair(marker, "ExpiredObjectDeleteMarker"),
        std::pair(rule.abort_uploads_after_days.has_value(), "AbortIncompleteMultipartUpload")}) {
    if (!there) continue;
    const std::string begin = std::string(action) + " cannot be specified with ";
    if (!rule.filter->tags.empty()) return invalid_request(begin + "Tags.");
    if (sized) return invalid_request(begin + "Object Size.");
  }
  return std::nullopt;
}

bool overlap(const std::string& a, const std::string& b) {
  return a.starts_with(b) || b.starts_with(a);
}

// Only in the first form: two rules with the same kind of action may not meet the same objects.
Refused why_overlapping(const LifecycleRules& rules) {
  using Has = bool (*)(const LifecycleRule&);
  constexpr std::pair<const char*, Has> actions[] = {
      {"Expiration", [](const LifecycleRule& rule) { return rule.expiration.has_value(); }},
      {"Transition", [](const LifecycleRule& rule) { return !rule.transitions.empty(); }},
      {"NoncurrentVersionTransition",
       [](const LifecycleRule& rule) { return !rule.noncurrent_transitions.empty(); }},
      {"NoncurrentVersionExpiration",
       [](const LifecycleRule& rule) { return rule.noncurrent_expiration.has_value(); }},
      {"AbortIncompleteMultipartUpload",
       [](const LifecycleRule& rule) { return rule.abort_uploads_after_days.has_value(); }}};
  for (const auto& [name, has] : actions) {
    std::vector<std::string> prefixes;
    for (const LifecycleRule& rule : rules) {
      if (!has(rule)) continue;
      const std::string& prefix = *rule.v1_prefix;
      for (const std::string& other : prefixes) {
        if (overlap(prefix, other))
          return invalid_request("Found overlapping prefixes '" + other + "' and '" + prefix +
                                 "' for same action type '" + name + "'");
      }
      prefixes.push_back(prefix);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> why_refused(const LifecycleRules& rules) {
  if (rules.empty()) return invalid_request("At least one lifecycle rule must be specified.");
  if (rules.size() > rules_max)
    return invalid_request("The number of lifecycle rules must not exceed the allowed limit of 1000 rules.");
  std::set<std::string> ids;
  for (const LifecycleRule& rule : rules) {
    if (rule.id.size() > id_bytes_max)
      return invalid_argument("ID length should not exceed allowed limit of 255");
    if (!rule.id.empty() && !ids.insert(rule.id).second)
      return invalid_argument("Rule ID must be unique. Found same ID for more than one rule");
  }
  const bool second_form = rules.front().filter.has_value();
  for (const LifecycleRule& rule : rules) {
    if (auto refused = why_form_refused(rule, second_form)) return refused;
    if (auto refused = why_filter_refused(rule)) return refused;
    if (auto refused = why_combination_refused(rule)) return refused;
    if (auto refused = why_expiration_refused(rule)) return refused;
    if (auto refused = why_transitions_refused(rule)) return refused;
  }
  return second_form ? std::nullopt : why_overlapping(rules);
}

}  // namespace s3dr::s3
