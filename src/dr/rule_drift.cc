#include "dr/rule_drift.h"

#include <algorithm>

#include "aws/hash.h"
#include "dr/replication_rule.h"
#include "s3/xml_bucket.h"

namespace s3dr::dr {
namespace {

using s3::ReplicationConfiguration;
using s3::ReplicationRule;
using s3::Switch;

struct Compared {
  const Policy& policy;
  const s3::BucketName& replica;
  const ReplicationRule& wanted;
  const ReplicationRule& live;
  const std::vector<ReplicationRule>& others;  // those of our other protections, too
  bool has_foreign = false;
  const std::string& role_arn;
};

enum class Differs { no, less, more };
struct Finding {
  Differs how = Differs::no;
  std::string what = {};
};

struct Row {
  DriftRow about;
  Finding (*compare)(const Compared&);
};

bool is_on(const std::optional<Switch>& value) {
  return value == Switch::enabled;
}

Finding of_switch(const std::optional<Switch>& live, const std::optional<Switch>& wanted, const char* name) {
  if (is_on(live) == is_on(wanted)) return {};
  if (is_on(wanted)) return {Differs::less, std::string(name) + " off"};
  return {Differs::more, std::string(name) + " on"};
}

std::string prefix_of(const ReplicationRule& rule) {
  return rule.filter ? rule.filter->prefix.value_or("") : "";
}

s3::TagSet sorted_tags(const ReplicationRule& rule) {
  s3::TagSet tags = rule.filter ? rule.filter->tags : s3::TagSet();
  std::ranges::sort(tags, {}, [](const s3::Tag& tag) { return std::pair(tag.key, tag.value); });
  return tags;
}

bool is_known_v2(const ReplicationRule& rule) {
  return !rule.is_v1() && rule.filter;
}

// An element that may leave versions out, and that is not understood: an empty one ("<…/>") is none.
bool may_select(const std::string& unknown_xml) {
  return unknown_xml.find("SourceSelectionCriteria>") != std::string::npos;
}

Finding of_prefix(const Compared& c) {
  if (c.live.v1_prefix) return {};  // a row of its own
  if (!is_known_v2(c.live)) return {Differs::less, "no filter that is understood"};
  const std::string live = prefix_of(c.live), wanted = prefix_of(c.wanted);
  if (live == wanted) return {};
  const std::string what = live.empty() ? "all keys" : "only keys that begin with \"" + live + "\"";
  return {wanted.starts_with(live) ? Differs::more : Differs::less, what};
}

Finding of_tags(const Compared& c) {
  const s3::TagSet live = sorted_tags(c.live), wanted = sorted_tags(c.wanted);
  if (live == wanted) return {};
  return {live.empty() ? Differs::more : Differs::less, live.empty() ? "no tag filter" : "a tag filter"};
}

Finding of_priority(const Compared& c) {
  if (!c.live.priority) return {};
  if (c.wanted.priority) {
    if (c.live.priority == c.wanted.priority) return {};
    return {Differs::less, "priority " + std::to_string(*c.live.priority)};
  }
  const bool shared =
      std::ranges::any_of(c.others, [&](const auto& other) { return other.priority == c.live.priority; });
  return shared ? Finding{Differs::less, "a priority that is shared"} : Finding{};
}

Finding of_account(const Compared& c) {
  const auto& live = c.live.destination.account;
  const bool right = live == c.policy.destination_account || live == c.wanted.destination.account;
  return right ? Finding{} : Finding{Differs::less, "another destination account"};
}

Finding of_owner(const Compared& c) {
  const bool live = !c.live.destination.access_control_translation.empty();
  const bool wanted = !c.wanted.destination.access_control_translation.empty();
  if (live == wanted) return {};
  return wanted ? Finding{Differs::less, "no owner override"} : Finding{Differs::more, "an owner override"};
}

Finding of_storage_class(const Compared& c) {
  const std::string& live = c.live.destination.storage_class;
  if (live == c.wanted.destination.storage_class) return {};
  return {Differs::less, live.empty() ? "no storage class" : "storage class " + live};
}

Finding of_key(const Compared& c) {
  if (c.live.destination.replica_kms_key_id == c.wanted.destination.replica_kms_key_id) return {};
  return {Differs::less, "another KMS key"};
}

// Minutes count only where the switch beside them is on, on both sides.
Finding of_minutes(const std::optional<Switch>& live_switch, const std::optional<std::int64_t>& live,
                   const std::optional<Switch>& wanted_switch, const std::optional<std::int64_t>& wanted,
                   const char* name) {
  if (!is_on(live_switch) || !is_on(wanted_switch) || live == wanted) return {};
  return {Differs::less,
          std::string(name) + (live ? " of " + std::to_string(*live) + " minutes" : " missing")};
}

Finding of_role(const Compared& c) {
  if (c.has_foreign || c.role_arn.empty() || c.role_arn == c.policy.replication_role_arn) return {};
  return {Differs::less, "another role: " + c.role_arn};
}

constexpr auto lossy = DriftType::lossy;
constexpr auto cosmetic = DriftType::cosmetic;
constexpr auto tolerated = DriftType::tolerated;

constexpr Row table[] = {
    {{"id", lossy, lossy, "our rule is known by its id: without it nothing was replicated by us"},
     [](const Compared&) { return Finding{}; }},  // rule_drift: the rule that was found has it
    {{"status", lossy, lossy, "a disabled rule takes nothing"},
     [](const Compared& c) {
       return c.live.status == Switch::enabled ? Finding{} : Finding{Differs::less, "disabled"};
     }},
    {{"destination.bucket_arn", lossy, lossy, "what was written meanwhile went to another bucket"},
     [](const Compared& c) {
       if (s3::destination_bucket(c.live.destination) == c.replica) return Finding{};
       return Finding{Differs::less, "another destination: " + c.live.destination.bucket_arn};
     }},
    {{"destination.account", lossy, lossy,
      "S3 delivers nothing to a bucket of another account than it names"},
     &of_account},
    {{"filter.prefix", lossy, cosmetic,
      "other keys were left out; with a shorter prefix more was taken, not less"},
     &of_prefix},
    {{"filter.tags", lossy, cosmetic, "objects with other tags were left out"}, &of_tags},
    {{"v1_prefix", lossy, lossy, "a V1 rule has no filter, and its prefix selects"},
     [](const Compared& c) { return c.live.v1_prefix ? Finding{Differs::less, "a V1 rule"} : Finding{}; }},
    {{"delete_marker_replication", lossy, cosmetic,
      "without it delete markers are missing on the replica; with it there are more than were asked for"},
     [](const Compared& c) {
       return of_switch(c.live.delete_marker_replication, c.wanted.delete_marker_replication,
                        "delete markers");
     }},
    {{"sse_kms_encrypted_objects", lossy, cosmetic,
      "without it objects encrypted with a KMS key are not replicated; with it there are more than were "
      "asked for"},
     [](const Compared& c) {
       return of_switch(c.live.sse_kms_encrypted_objects, c.wanted.sse_kms_encrypted_objects,
                        "objects with a KMS key");
     }},
    {{"destination.replica_kms_key_id", lossy, lossy,
      "with another key S3 may have failed to write replicas"},
     &of_key},
    {{"role", lossy, lossy, "another role may lack rights, and then every delivery fails"}, &of_role},
    {{"priority", cosmetic, cosmetic,
      "it decides between rules for one destination, and another rule for ours is a conflict"},
     &of_priority},
    {{"existing_object_replication", cosmetic, cosmetic,
      "backfills are batch jobs; S3 only reads it for them"},
     [](const Compared& c) {
       return of_switch(c.live.existing_object_replication, c.wanted.existing_object_replication,
                        "replication of existing objects");
     }},
    {{"replica_modifications", cosmetic, cosmetic,
      "it is about metadata of replicas that other buckets wrote here; no version is missed"},
     [](const Compared& c) {
       return of_switch(c.live.replica_modifications, c.wanted.replica_modifications,
                        "replica modification sync");
     }},
    {{"destination.storage_class", cosmetic, cosmetic, "the replica holds the same data in another class"},
     &of_storage_class},
    {{"destination.access_control_translation", cosmetic, lossy,
      "without it the data is there, with the source's owner where the bucket has ACLs, and no job would "
      "change "
      "that; if it was not asked for, the role may lack the right to it, and then every delivery fails"},
     &of_owner},
    {{"destination.replication_time", cosmetic, cosmetic, "it is about how soon, not about what"},
     [](const Compared& c) {
       return of_switch(c.live.destination.replication_time, c.wanted.destination.replication_time,
                        "replication time control");
     }},
    {{"destination.replication_time_minutes", cosmetic, cosmetic, "it is about how soon, not about what"},
     [](const Compared& c) {
       const auto &live = c.live.destination, &wanted = c.wanted.destination;
       return of_minutes(live.replication_time, live.replication_time_minutes, wanted.replication_time,
                         wanted.replication_time_minutes, "replication time");
     }},
    {{"destination.metrics", cosmetic, cosmetic, "metrics tell of replication and do not change it"},
     [](const Compared& c) {
       return of_switch(c.live.destination.metrics, c.wanted.destination.metrics, "metrics");
     }},
    {{"destination.metrics_event_threshold_minutes", cosmetic, cosmetic,
      "metrics tell of replication and do not change it"},
     [](const Compared& c) {
       const auto &live = c.live.destination, &wanted = c.wanted.destination;
       return of_minutes(live.metrics, live.metrics_event_threshold_minutes, wanted.metrics,
                         wanted.metrics_event_threshold_minutes, "event threshold");
     }},
    {{"unknown_rule_xml", lossy, tolerated,
      "a selection that this program does not know may have left versions out; S3 may answer other elements "
      "unasked"},
     [](const Compared& c) {
       if (c.live.unknown_rule_xml.empty()) return Finding{};
       if (may_select(c.live.unknown_rule_xml)) return Finding{Differs::less, "an unknown selection"};
       return Finding{Differs::more, "an unknown element"};
     }},
    {{"unknown_destination_xml", tolerated, tolerated, "S3 may answer such elements unasked"},
     [](const Compared& c) {
       return c.live.unknown_destination_xml.empty() ? Finding{}
                                                     : Finding{Differs::more, "an unknown element"};
     }},
};

std::string short_hash(const std::string& text) {
  return aws::sha256_hex(text).substr(0, 8);
}

// Which versions the rule takes, as far as the options say it.
std::string selection_fingerprint(const RuleOptions& options) {
  RuleOptions selection;
  selection.prefix = options.prefix;
  selection.tags = options.tags;
  selection.delete_markers = options.delete_markers;
  return short_hash(to_json(selection));
}

// A program that did not record it took all keys.
bool takes_what_it_took(const Policy& policy, const Record& record) {
  if (!record.rule.desired) return policy.rule.prefix.empty() && policy.rule.tags.empty();
  return record.rule.desired->selects == selection_fingerprint(policy.rule);
}

// An edit of others that had a live rule of theirs. A document that was too large to be kept may have had one.
bool had_live_rules(const HeardEdit& edit) {
  if (edit.rules.empty()) return false;
  if (edit.document.empty()) return true;
  const auto theirs = s3::parse_replication_configuration(edit.document);
  return std::ranges::any_of(theirs.rules,
                             [](const ReplicationRule& rule) { return rule.status == Switch::enabled; });
}

// Every version that the rule takes and that is COMPLETED was on our replica when this generation began or ended.
bool told_until_now(const Record& record) {
  const bool began_so = record.rule.by_status == record.rule.generation;
  if (!record.backfill || record.backfill->generation != record.rule.generation) return began_so;
  switch (record.backfill->status) {
    case BackfillStatus::complete:
      return true;
    case BackfillStatus::planned:  // its job has touched nothing yet
      return !record.backfill->inputs.statuses.empty();
    case BackfillStatus::running:  // what it has taken up is PENDING, and no filter selects that
    case BackfillStatus::exhausted:
    case BackfillStatus::unavailable:
      break;
  }
  return false;
}

}  // namespace

std::string_view to_string(DriftType type) {
  switch (type) {
    case DriftType::lossy:
      return "lossy";
    case DriftType::cosmetic:
      return "cosmetic";
    case DriftType::tolerated:
      break;
  }
  return "tolerated";
}

bool RuleDrift::is_lossy() const {
  return std::ranges::any_of(found, [](const Drift& drift) { return drift.type == DriftType::lossy; });
}

bool RuleDrift::has(std::string_view field) const {
  return std::ranges::find(found, field, &Drift::field) != found.end();
}

std::string RuleDrift::text() const {
  std::string text;
  for (const Drift& drift : found) {
    if (is_lossy() && drift.type != DriftType::lossy) continue;
    text += (text.empty() ? "" : ", ") + drift.what;
  }
  return text;
}

RuleDrift rule_drift(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica,
                     const ReplicationConfiguration& configuration) {
  const ReplicationRule* live = find_rule(configuration, rule_id(policy, source));
  if (live == nullptr) return {{{"id", DriftType::lossy, "missing"}}};
  ReplicationRule wanted = desired_rule(policy, source, replica, 0);
  wanted.priority = policy.rule.priority;
  const auto others = all_but_ours(policy, source, configuration);
  const bool has_foreign = !foreign_rules(policy, source, configuration).empty();
  const Compared compared{policy, replica, wanted, *live, others, has_foreign, configuration.role_arn};
  RuleDrift drift;
  for (const Row& row : table) {
    Finding finding = row.compare(compared);
    if (finding.how == Differs::no) continue;
    const DriftType type = finding.how == Differs::less ? row.about.less : row.about.more;
    if (type != DriftType::tolerated) drift.found.push_back({row.about.field, type, std::move(finding.what)});
  }
  return drift;
}

std::span<const DriftRow> drift_table() {
  static const std::vector<DriftRow> rows = [] {
    std::vector<DriftRow> result;
    for (const Row& row : table) result.push_back(row.about);
    return result;
  }();
  return rows;
}

DesiredRule desired_of(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica) {
  DesiredRule desired;
  desired.selects = selection_fingerprint(policy.rule);
  ReplicationRule rule = desired_rule(policy, source, replica, 0);
  rule.priority = policy.rule.priority;
  desired.rule = fingerprint(rule);
  return desired;
}

bool has_live_rules_beside_ours(const Policy& policy, const s3::BucketName& source,
                                const ReplicationConfiguration& configuration) {
  return std::ranges::any_of(all_but_ours(policy, source, configuration),
                             [](const ReplicationRule& rule) { return rule.status == Switch::enabled; });
}

bool has_misled(const Record& record) {
  return record.rule.by_status == record.rule.generation && record.last_difference &&
         record.last_difference->generation == record.rule.generation;
}

std::string why_all_versions(const Policy& policy, const Record& record, const RuleDrift& drift,
                             const s3::BucketName& source, const ReplicationConfiguration& configuration) {
  if (record.rule.generation == 0) return "it is the first backfill";
  if (!told_until_now(record)) return "the backfill before was not a whole one";
  if (has_misled(record)) return "after the last one, which went by replication status, the replica differed";
  const auto& difference = record.last_difference;
  if (record.rule.state == RuleState::disabled && difference &&
      difference->generation == record.rule.generation)
    return "the last comparison before the pause found differences";
  if (drift.has("destination.bucket_arn")) return "the rule had another destination";
  if (!takes_what_it_took(policy, record)) return "the rule takes other versions than before";
  if (has_live_rules_beside_ours(policy, source, configuration) ||
      std::ranges::any_of(record.edits.heard, &had_live_rules))
    return "rules of others are or were live, and S3 has one status for all destinations of a version";
  return "";
}

}  // namespace s3dr::dr
