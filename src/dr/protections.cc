#include "dr/protections.h"

#include <algorithm>
#include <utility>

namespace s3dr::dr {
namespace {

constexpr std::size_t name_length_max = 32;

OtherProtection seen_by_others(const Policy& policy, bool comes_first) {
  return {policy.protection_name, policy.match_tags, destination_of(policy), policy.control_bucket,
          comes_first};
}

std::string place_text(const Policy& policy) {
  return policy.destination_account.text() + "/" + policy.destination_region.text();
}

std::string both(const Policy& first, const Policy& second) {
  return "\"" + first.protection_name + "\" and \"" + second.protection_name + "\"";
}

// Every bucket that the later one matches is matched by the earlier one, too.
bool never_counts(const Policy& later, const Policy& earlier) {
  return std::ranges::all_of(later.match_tags, [&](const s3::Tag& tag) {
    return std::ranges::find(earlier.match_tags, tag) != earlier.match_tags.end();
  });
}

std::optional<std::string> why_not_one_source(const Policy& first, const Policy& second) {
  const std::string names = both(first, second);
  if (first.source_account != second.source_account || first.source_region != second.source_region ||
      first.partition != second.partition) {
    return "source: " + names + " have different sources; another source is another configuration";
  }
  if (first.replication_role_arn != second.replication_role_arn) {
    return "replication_role: " + names + " name different roles (" + first.replication_role_arn + ", " +
           second.replication_role_arn + "); S3 has one role for all rules of a bucket";
  }
  if (first.reports_bucket != second.reports_bucket) {
    return "reports_bucket: " + names + " name different ones (" + first.reports_bucket.text() + ", " +
           second.reports_bucket.text() + "); the source has one";
  }
  return std::nullopt;
}

std::optional<std::string> why_not_together(const Policy& first, const Policy& second) {
  const std::string names = both(first, second);
  if (first.protection_name == second.protection_name)
    return "name: two protections are called \"" + first.protection_name + "\"";
  if (auto reason = why_not_one_source(first, second)) return reason;
  const bool same_place = destination_of(first) == destination_of(second);
  const bool same_control = first.control_bucket == second.control_bucket;
  if (same_place && !same_control) {
    return "control_bucket: " + names + " have the destination " + place_text(first) +
           ", but different control buckets; a destination has one";
  }
  if (!same_place && same_control) {
    return "control_bucket: " + names + " share " + first.control_bucket.text() +
           ", but have different destinations; each destination needs its own";
  }
  if (same_place && never_counts(second, first)) {
    return "match_tags: \"" + second.protection_name + "\" would never count: \"" + first.protection_name +
           "\" has the same destination, comes first and has the same tags";
  }
  const bool same_names = first.replica_name_template == second.replica_name_template &&
                          first.replica_namespace == ReplicaNamespace::global &&
                          second.replica_namespace == ReplicaNamespace::global;
  if (!same_place && same_names) {
    return "replica_name: " + names + " would give two replicas of a bucket the same name (" +
           first.replica_name_template + "); a bucket name exists once in all regions and accounts";
  }
  if (!same_place && first.rule.priority && first.rule.priority == second.rule.priority) {
    return "rule.priority: " + names + " have the same one, " + std::to_string(*first.rule.priority) +
           "; S3 could not choose between two rules";
  }
  return std::nullopt;
}

}  // namespace

Protections with_each_other(Protections protections) {
  for (Policy& policy : protections) policy = with_default_buckets(std::move(policy));
  for (std::size_t i = 0; i < protections.size(); ++i) {
    protections[i].others.clear();
    for (std::size_t j = 0; j < protections.size(); ++j) {
      if (i != j) protections[i].others.push_back(seen_by_others(protections[j], j < i));
    }
  }
  return protections;
}

std::optional<std::string> why_invalid(const Protections& protections) {
  if (protections.empty()) return "protections: empty, no bucket would be protected";
  const bool several = protections.size() > 1;
  for (const Policy& policy : protections) {
    if (!is_protection_name(policy.protection_name)) {
      return "name: \"" + policy.protection_name + "\" is not 1 to " + std::to_string(name_length_max) +
             " lower-case letters, digits and hyphens";
    }
    const auto reason = why_invalid(policy);
    if (reason) return (several ? "protection \"" + policy.protection_name + "\": " : "") + *reason;
  }
  for (std::size_t later = 1; later < protections.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (auto reason = why_not_together(protections[earlier], protections[later])) return reason;
    }
  }
  return std::nullopt;
}

bool is_protection_name(std::string_view name) {
  if (name.empty() || name.size() > name_length_max || name.front() == '-') return false;
  return std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string names_of(const Protections& protections) {
  std::string names;
  for (const Policy& policy : protections) names += (names.empty() ? "" : ", ") + policy.protection_name;
  return names;
}

std::vector<std::size_t> first_of_each_place(const Protections& protections) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < protections.size(); ++i) {
    const bool known = std::ranges::any_of(result, [&](std::size_t first) {
      return destination_of(protections[first]) == destination_of(protections[i]);
    });
    if (!known) result.push_back(i);
  }
  return result;
}

std::vector<std::string> precedence_texts(const Protections& protections) {
  std::vector<std::string> result;
  for (const Policy& policy : protections) {
    for (const OtherProtection& other : policy.others) {
      if (!other.comes_first || other.destination != destination_of(policy)) continue;
      result.push_back("a bucket with tags of both \"" + other.name + "\" and \"" + policy.protection_name +
                       "\" is protected by \"" + other.name + "\": both have the destination " +
                       place_text(policy) + ", and it comes first");
    }
  }
  return result;
}

}  // namespace s3dr::dr
