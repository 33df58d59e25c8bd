#include "cloud/objects/lifecycle_action.h"

#include <algorithm>
#include <chrono>

namespace s3dr::cloud {
namespace {

using std::chrono::days;

// "Adding the number of days to the creation time, and rounding to the next day midnight UTC." A time that is
// midnight already goes on to the next one: nothing ends before its days are over.
Instant midnight_after(Instant since, std::int64_t count) {
  constexpr std::int64_t days_max = 1'000'000;  // what is longer never comes, and does not overflow
  return std::chrono::floor<days>(since) + days(std::min(count, days_max) + 1);
}

bool has_prefix(const s3::LifecycleRule& rule, const s3::ObjectKey& key) {
  if (rule.v1_prefix) return key.bytes().starts_with(*rule.v1_prefix);
  return !rule.filter || key.bytes().starts_with(rule.filter->prefix.value_or(""));
}

bool matches(const s3::LifecycleRule& rule, const LifecycleSubject& subject) {
  if (!rule.enabled || !has_prefix(rule, subject.key)) return false;
  if (!rule.filter) return true;
  const s3::LifecycleFilter& filter = *rule.filter;
  // A delete marker has neither tags nor a size.
  if (subject.is_marker) return filter.tags.empty() && !filter.size_greater_than && !filter.size_less_than;
  const auto size = static_cast<std::int64_t>(subject.size);
  if (filter.size_greater_than && size <= *filter.size_greater_than) return false;
  if (filter.size_less_than && size >= *filter.size_less_than) return false;
  return std::ranges::all_of(filter.tags, [&](const s3::Tag& tag) {
    return std::ranges::find(subject.tags, tag) != subject.tags.end();
  });
}

// When a rule ends what was created at that time, as the current version.
std::optional<Instant> end_of(const s3::LifecycleRule& rule, Instant created) {
  if (!rule.expiration) return std::nullopt;
  if (rule.expiration->days) return midnight_after(created, *rule.expiration->days);
  return rule.expiration->date;
}

// A marker below which nothing is left goes by its own element, and with the rules that end current versions
// once it is as old as these ask for.
bool ends_marker(const s3::LifecycleRule& rule, const LifecycleSubject& subject, Instant now) {
  if (!rule.expiration || !subject.only_version) return false;
  if (rule.expiration->expired_object_delete_marker.value_or(false)) return true;
  const auto end = end_of(rule, subject.created);
  return end && *end <= now;
}

bool ends_noncurrent(const s3::LifecycleRule& rule, const LifecycleSubject& subject, Instant now) {
  if (!rule.noncurrent_expiration) return false;
  if (subject.newer_noncurrent < rule.noncurrent_expiration->newer_versions.value_or(0)) return false;
  return midnight_after(*subject.noncurrent_since, rule.noncurrent_expiration->days) <= now;
}

// S3 lets nothing end that has not arrived at its destination.
bool is_held(s3::ReplicationStatus status) {
  return status == s3::ReplicationStatus::pending || status == s3::ReplicationStatus::failed;
}

}  // namespace

std::optional<LifecycleExpiry> lifecycle_expiry(const s3::LifecycleRules& rules,
                                                const LifecycleSubject& subject) {
  std::optional<LifecycleExpiry> first;
  if (subject.is_marker || subject.noncurrent_since) return first;
  for (const s3::LifecycleRule& rule : rules) {
    if (!matches(rule, subject)) continue;
    const auto end = end_of(rule, subject.created);
    if (end && (!first || *end < first->at)) first = LifecycleExpiry{*end, rule.id};
  }
  return first;
}

LifecycleAction lifecycle_action(const s3::LifecycleRules& rules, const LifecycleSubject& subject,
                                 Instant now) {
  using enum LifecycleAction;
  if (is_held(subject.replication)) return none;
  if (!subject.noncurrent_since && !subject.is_marker) {
    const auto expiry = lifecycle_expiry(rules, subject);
    return expiry && expiry->at <= now ? expire : none;
  }
  const auto ends = [&](const s3::LifecycleRule& rule) {
    if (!matches(rule, subject)) return false;
    return subject.noncurrent_since ? ends_noncurrent(rule, subject, now) : ends_marker(rule, subject, now);
  };
  return std::ranges::any_of(rules, ends) ? remove : none;
}

bool aborts_upload(const s3::LifecycleRules& rules, const s3::ObjectKey& key, Instant initiated,
                   Instant now) {
  return std::ranges::any_of(rules, [&](const s3::LifecycleRule& rule) {
    return rule.enabled && rule.abort_uploads_after_days && has_prefix(rule, key) &&
           midnight_after(initiated, *rule.abort_uploads_after_days) <= now;
  });
}

}  // namespace s3dr::cloud
