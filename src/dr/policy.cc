#include "dr/policy.h"

#include <algorithm>
#include <cctype>

#include "aws/arn.h"
#include "base/error.h"
#include "dr/settings/settings_check.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view placeholder = "{bucket}";

// Lower case, without blanks around it: what a person in a hurry may have meant.
std::string folded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c))) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

bool carries_any(const s3::TagSet& tags, const std::vector<s3::Tag>& wanted) {
  return std::ranges::any_of(wanted, [&](const s3::Tag& one) {
    const std::string* value = s3::find_tag(tags, one.key);
    return value != nullptr && *value == one.value;
  });
}

std::optional<std::string> why_role_invalid(const Policy& policy, std::string_view field,
                                            const std::string& role) {
  const auto arn = aws::parse_arn(role);
  if (!arn || !aws::is_role_arn(role)) return std::string(field) + ": not the ARN of an IAM role: " + role;
  if (arn->account != policy.source_account.text()) {
    return std::string(field) + ": the role is in account " + arn->account + ", the source in " +
           policy.source_account.text();
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ReplicaNamespace name_space) {
  return name_space == ReplicaNamespace::global ? "global" : "account-regional";
}

std::optional<ReplicaNamespace> parse_replica_namespace(std::string_view text) {
  for (const auto name_space : {ReplicaNamespace::global, ReplicaNamespace::account_regional}) {
    if (text == to_string(name_space)) return name_space;
  }
  return std::nullopt;
}

s3::BucketName control_bucket_name(const s3::AccountId& account, const s3::Region& region) {
  return s3::BucketName::parse_new("s3dr-control-" + account.text() + "-" + region.text());
}

s3::BucketName reports_bucket_name(const s3::AccountId& account, const s3::Region& region) {
  return s3::BucketName::parse_new("s3dr-reports-" + account.text() + "-" + region.text());
}

Policy with_default_buckets(Policy policy) {
  if (policy.control_bucket.empty()) {
    policy.control_bucket = control_bucket_name(policy.destination_account, policy.destination_region);
  }
  if (policy.reports_bucket.empty()) {
    policy.reports_bucket = reports_bucket_name(policy.source_account, policy.source_region);
  }
  return policy;
}

std::optional<std::string> why_invalid(const Policy& policy) {
  if (policy.source_region.empty()) return "source.region: missing";
  if (policy.destination_region.empty()) return "destination.region: missing";
  if (policy.source_region == policy.destination_region) {
    return "destination.region: the same as the source's, " + policy.source_region.text();
  }
  if (policy.source_account.empty()) return "source.account: missing";
  if (policy.destination_account.empty()) return "destination.account: missing";
  if (policy.match_tags.empty()) return "match_tags: empty, no bucket would be protected";
  for (const s3::Tag& tag : policy.match_tags) {
    if (const auto reason = s3::why_invalid(s3::TagSet{tag}, s3::TagOwner::bucket)) {
      return "match_tags: " + tag.key + "=" + tag.value + ": " + *reason;
    }
    if (tag.key.starts_with("s3dr:")) return "match_tags: keys that begin with s3dr: are the program's own";
  }
  const auto first = policy.replica_name_template.find(placeholder);
  if (first == std::string::npos ||
      policy.replica_name_template.find(placeholder, first + 1) != std::string::npos) {
    return "replica_name: must contain {bucket} exactly once: " + policy.replica_name_template;
  }
  std::string example = policy.replica_name_template;
  example.replace(first, placeholder.size(), "bucket");
  if (example == "bucket" && policy.source_account == policy.destination_account) {
    return "replica_name: gives the replica the name of its source";
  }
  if (const auto reason = s3::BucketName::why_not_new(example)) {
    return "replica_name: " + policy.replica_name_template + ": " + *reason;
  }
  if (auto reason = why_role_invalid(policy, "replication_role", policy.replication_role_arn)) {
    return reason;
  }
  if (auto reason = why_role_invalid(policy, "batch_role", policy.batch_role_arn)) return reason;
  for (const std::string& role : policy.pass_roles) {
    if (auto reason = why_role_invalid(policy, "pass_roles", role)) return reason;
  }
  if (const auto invalid = why_invalid(policy.rule, policy.source_account != policy.destination_account))
    return "rule." + invalid->field + ": " + invalid->reason;
  if (const auto reason = why_invalid(policy.settings)) return "settings." + *reason;
  if (policy.control_bucket.empty()) return "control_bucket: missing";
  if (policy.reports_bucket.empty()) return "reports_bucket: missing";
  if (policy.control_bucket == policy.reports_bucket) return "reports_bucket: the same as the control bucket";
  if (policy.backfill_attempts_max < 1) return "backfill_attempts_max: must be at least 1";
  if (policy.backfill_backoff_base.count() < 0 ||
      policy.backfill_backoff_cap < policy.backfill_backoff_base) {
    return "backfill_backoff: must be 0 or more, and the cap not below the base";
  }
  if (policy.look_again.count() <= 0) return "look_again: must be more than 0";
  if (policy.store.active_jobs_max < 1) return "store.active_jobs_max: must be at least 1";
  return std::nullopt;
}

Place destination_of(const Policy& policy) {
  return {policy.destination_account, policy.destination_region};
}

bool is_own_bucket(const Policy& policy, const s3::BucketName& bucket) {
  if (bucket == policy.control_bucket || bucket == policy.reports_bucket) return true;
  return std::ranges::find(policy.others, bucket, &OtherProtection::control_bucket) != policy.others.end();
}

bool is_tagged(const Policy& policy, const s3::TagSet& tags) {
  return carries_any(tags, policy.match_tags);
}

const OtherProtection* overruled_by(const Policy& policy, const s3::TagSet& tags) {
  const bool tagged = is_tagged(policy, tags);
  for (const OtherProtection& other : policy.others) {
    if (other.destination != destination_of(policy) || (tagged && !other.comes_first)) continue;
    if (carries_any(tags, other.match_tags)) return &other;
  }
  return nullptr;
}

bool covers(const Policy& policy, const s3::TagSet& tags) {
  return is_tagged(policy, tags) && overruled_by(policy, tags) == nullptr;
}

std::vector<s3::Tag> near_misses(const Policy& policy, const s3::TagSet& tags) {
  std::vector<s3::Tag> result;
  const auto is_exact = [&](const s3::Tag& tag) {
    const s3::TagSet one{tag};
    return is_tagged(policy, one) || std::ranges::any_of(policy.others, [&](const OtherProtection& other) {
             return carries_any(one, other.match_tags);
           });
  };
  for (const s3::Tag& tag : tags) {
    const bool near =
        std::any_of(policy.match_tags.begin(), policy.match_tags.end(), [&](const s3::Tag& wanted) {
          return folded(tag.key) == folded(wanted.key) && folded(tag.value) == folded(wanted.value);
        });
    if (near && !is_exact(tag)) result.push_back(tag);
  }
  return result;
}

}  // namespace s3dr::dr
