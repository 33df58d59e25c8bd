// The one replication rule of a protection: how it must look, how to put it among other rules, how to disable it. Only
// functions/enable_replication writes the result.
// The rule of another protection of the same source (Policy::others) is ours, not mine: it is kept as it is, and it
// is never a conflict. An `s3dr-` rule of no known protection is a rule of others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dr/policy.h"
#include "s3/names.h"
#include "s3/replication_configuration.h"

namespace s3dr::dr {

// "s3dr-<16 hex>", made from the identities of source and destination alone. So a pause needs no record.
std::string rule_id(const Policy& policy, const s3::BucketName& source);
// The same for another destination place of the same source: the id of another protection's rule.
std::string rule_id(const Policy& policy, const s3::BucketName& source, const Place& destination);

// The rule: V2, Enabled, the rest as `policy.rule` says; Account only for another account's destination. No other
// rule may use `priority`. How the live rule differs from it: dr/rule_drift.h.
s3::ReplicationRule desired_rule(const Policy& policy, const s3::BucketName& source,
                                 const s3::BucketName& replica, std::int64_t priority);

const s3::ReplicationRule* find_rule(const s3::ReplicationConfiguration& configuration, std::string_view id);

// Why our rule may not be put beside the present ones, in words for people; nullopt: it may. The reasons:
// - a foreign rule has our destination (unless it is `may_replace`);
// - there is a V1 rule: S3 refuses a mix of V1 and V2;
// - a foreign rule has the priority that the policy asks for;
// - there are as many rules of others as S3 takes.
std::optional<std::string> rule_conflict(const Policy& policy, const s3::BucketName& source,
                                         const s3::BucketName& replica, std::string_view may_replace,
                                         const s3::ReplicationConfiguration& configuration);

// All other rules unchanged and in their order, plus ours. The role becomes ours, unless other rules depend
// on theirs.
s3::ReplicationConfiguration with_our_rule(const Policy& policy, const s3::BucketName& source,
                                           const s3::BucketName& replica, std::string_view may_replace,
                                           s3::ReplicationConfiguration configuration);
// The same configuration with our rule Disabled.
s3::ReplicationConfiguration with_our_rule_disabled(const Policy& policy, const s3::BucketName& source,
                                                    s3::ReplicationConfiguration configuration);

// Everything but our rule: the rules of others, and those of our other protections.
std::vector<s3::ReplicationRule> all_but_ours(const Policy& policy, const s3::BucketName& source,
                                              const s3::ReplicationConfiguration& configuration);
// The rules that are of no protection of ours, for the check after the PUT.
std::vector<s3::ReplicationRule> foreign_rules(const Policy& policy, const s3::BucketName& source,
                                               const s3::ReplicationConfiguration& configuration);

// The same eight digits for rules that mean the same, whatever their ids: an empty prefix is no filter, what is left
// out is Disabled. S3 gives a rule without an id one of its own. Of a configuration: its role and rules, in any order.
std::string fingerprint(const s3::ReplicationRule& rule);
std::string fingerprint(const s3::ReplicationConfiguration& configuration);

// What `rules restore` would put.
struct Restoration {
  std::vector<s3::ReplicationRule> replaced;  // present ones that they take the place of
  std::vector<s3::ReplicationRule> rules;     // that are missing
  std::optional<s3::ReplicationConfiguration>
      configuration;    // to put; nullopt: nothing is missing, or refused
  std::string refused;  // why they cannot be put back; empty: they can
};
// The rules of others that were `lost`, as far as they are missing, beside everything that is there. Our own rule
// stays as it is, as do those of our other protections; only the priority gives way. Their role comes back with them when no other rule of others depends
// on the present one. `undone`: fingerprints of rules that our own PUT brought back; such a one gives way to a missing
// rule with its id. Refuses where a person has to choose: another rule has the same id or priority, or one of the rules
// stands against ours.
Restoration restoration(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica,
                        const s3::ReplicationConfiguration& lost, const std::vector<std::string>& undone,
                        const s3::ReplicationConfiguration& present);

// What to do when writing this configuration is refused because of its role: the exact statement. "" for our own role.
std::string pass_role_advice(const Policy& policy, const std::string& role_arn);

}  // namespace s3dr::dr
