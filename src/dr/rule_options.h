// What our replication rule should do beyond "replicate this bucket to its replica". A part of the policy; the rule is
// made from it in dr/replication_rule.h. Sources: docs/protocol.md, Replication configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "s3/tag.h"

namespace s3dr::dr {

struct RuleOptions {
  // Off: a delete marker of the source is missing on the replica, and that is no difference.
  bool delete_markers = true;
  // CloudWatch metrics of the rule. Off: nothing tells how far behind the replica is.
  bool metrics = true;
  // Replication time control: S3 promises 15 minutes, at a price. Needs metrics.
  bool replication_time = false;
  // Of the replicas; empty: the source's. Replicas of an archive class must be restored before they can be read.
  std::string storage_class;
  // The destination's account owns the replicas. nullopt: when it is another account than the source's.
  std::optional<bool> owner_override;
  // Changes of metadata that are made on replicas in this bucket are replicated too: for two directions.
  bool replica_modifications = false;
  // Only keys that begin with it are protected; empty: all keys.
  std::string prefix;
  // Only objects that have all of these tags when they are written are protected. Not supported yet: see why_invalid.
  s3::TagSet tags;
  // Which of two rules for one destination wins, the higher number. nullopt: any that no other rule has.
  std::optional<std::int64_t> priority;
  bool operator==(const RuleOptions&) const = default;
};

struct InvalidOption {
  std::string field;  // as in the configuration: "storage_class"
  std::string reason;
};
// Why S3 would refuse a rule with these options, or s3dr cannot vouch for what it replicates; nullopt: neither.
std::optional<InvalidOption> why_invalid(const RuleOptions& options, bool two_accounts);

// Between two accounts by default: else the source's account would own the replicas.
bool overrides_owner(const RuleOptions& options, bool two_accounts);

constexpr std::int64_t replication_time_minutes = 15;  // the only value that S3 knows

// For a function's environment, and back. Only what differs from the default is written: "{}" for the defaults.
// parse_rule_options raises invalid for what are no options; it does not ask why_invalid.
std::string to_json(const RuleOptions& options);
RuleOptions parse_rule_options(std::string_view json);

// For people, one line: "delete markers, metrics; keys that begin with \"logs/\"; storage class STANDARD_IA".
std::string describe(const RuleOptions& options);

}  // namespace s3dr::dr
