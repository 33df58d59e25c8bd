// One way or more to make our live rule differ in each field of the drift table (dr/rule_drift.h), and what has to
// follow from it.
#pragma once

#include <string>
#include <vector>

#include "dr/replication_rule.h"
#include "dr/rule_drift.h"

namespace s3dr::test {

struct DriftCase {
  const char* field;  // of the table
  const char* what;   // as people read it
  dr::DriftType type;
  void (*ask)(dr::Policy& policy);  // what is wanted
  void (*edit)(s3::ReplicationRule& ours, s3::ReplicationConfiguration& all);
  bool two_accounts = false;
  bool all_versions = false;  // lossy, and the replication status does not tell what is missing
};

inline const std::vector<DriftCase>& drift_cases() {
  using enum dr::DriftType;
  using s3::Switch;
  using Policy = dr::Policy;
  using Rule = s3::ReplicationRule;
  using All = s3::ReplicationConfiguration;
  constexpr auto nothing = [](Policy&) {};
  static const std::vector<DriftCase> cases = {
      {"id", "missing", lossy, nothing, [](Rule&, All& all) { all.rules.clear(); }},
      {"status", "disabled", lossy, nothing, [](Rule& r, All&) { r.status = Switch::disabled; }},
      {"destination.bucket_arn", "another destination: arn:aws:s3:::elsewhere", lossy, nothing,
       [](Rule& r, All&) { r.destination.bucket_arn = "arn:aws:s3:::elsewhere"; }, false, true},
      {"destination.account", "another destination account", lossy, nothing,
       [](Rule& r, All&) { r.destination.account = s3::AccountId::parse("444455556666"); }},
      {"destination.account", "another destination account", lossy, nothing,
       [](Rule& r, All&) { r.destination.account.reset(); }, true},
      {"filter.prefix", "only keys that begin with \"only/\"", lossy, nothing,
       [](Rule& r, All&) { r.filter->prefix = "only/"; }},
      {"filter.prefix", "only keys that begin with \"lo\"", cosmetic,
       [](Policy& policy) { policy.rule.prefix = "logs/"; }, [](Rule& r, All&) { r.filter->prefix = "lo"; }},
      {"filter.prefix", "all keys", cosmetic, [](Policy& policy) { policy.rule.prefix = "logs/"; },
       [](Rule& r, All&) { r.filter->prefix.reset(); }},
      {"filter.prefix", "no filter that is understood", lossy, nothing,
       [](Rule& r, All&) {
         r.filter.reset();
         r.unknown_rule_xml = "<Filter><New>1</New></Filter>";
       }},
      {"filter.tags", "a tag filter", lossy, nothing, [](Rule& r, All&) { r.filter->tags = {{"a", "b"}}; }},
      {"filter.tags", "no tag filter", cosmetic,
       [](Policy& policy) {
         policy.rule.tags = {{"a", "b"}};
         policy.rule.delete_markers = false;
       },
       [](Rule& r, All&) { r.filter->tags.clear(); }},
      {"v1_prefix", "a V1 rule, delete markers off", lossy, nothing,
       [](Rule& r, All&) {
         r.v1_prefix = "";
         r.filter.reset();
         r.priority.reset();
         r.delete_marker_replication.reset();
       }},
      {"delete_marker_replication", "delete markers off", lossy, nothing,
       [](Rule& r, All&) { r.delete_marker_replication = Switch::disabled; }},
      {"delete_marker_replication", "delete markers on", cosmetic,
       [](Policy& policy) { policy.rule.delete_markers = false; },
       [](Rule& r, All&) { r.delete_marker_replication = Switch::enabled; }},
      {"sse_kms_encrypted_objects", "objects with a KMS key on", cosmetic, nothing,
       [](Rule& r, All&) { r.sse_kms_encrypted_objects = Switch::enabled; }},
      {"destination.replica_kms_key_id", "another KMS key", lossy, nothing,
       [](Rule& r, All&) { r.destination.replica_kms_key_id = "arn:aws:kms:us-east-2:111122223333:key/1"; }},
      {"role", "another role: arn:aws:iam::111122223333:role/theirs", lossy, nothing,
       [](Rule&, All& all) { all.role_arn = "arn:aws:iam::111122223333:role/theirs"; }},
      {"priority", "priority 3", cosmetic, [](Policy& policy) { policy.rule.priority = 7; },
       [](Rule& r, All&) { r.priority = 3; }},
      {"existing_object_replication", "replication of existing objects on", cosmetic, nothing,
       [](Rule& r, All&) { r.existing_object_replication = Switch::enabled; }},
      {"replica_modifications", "replica modification sync on", cosmetic, nothing,
       [](Rule& r, All&) { r.replica_modifications = Switch::enabled; }},
      {"replica_modifications", "replica modification sync off", cosmetic,
       [](Policy& policy) { policy.rule.replica_modifications = true; },
       [](Rule& r, All&) { r.replica_modifications.reset(); }},
      {"destination.storage_class", "storage class GLACIER", cosmetic, nothing,
       [](Rule& r, All&) { r.destination.storage_class = "GLACIER"; }},
      {"destination.storage_class", "no storage class", cosmetic,
       [](Policy& policy) { policy.rule.storage_class = "STANDARD_IA"; },
       [](Rule& r, All&) { r.destination.storage_class.clear(); }},
      {"destination.access_control_translation", "no owner override", cosmetic, nothing,
       [](Rule& r, All&) { r.destination.access_control_translation.clear(); }, true},
      {"destination.access_control_translation", "an owner override", lossy, nothing,
       [](Rule& r, All&) {
         r.destination.access_control_translation = "Destination";
         r.destination.account = s3::AccountId::parse("111122223333");
       }},
      {"destination.replication_time", "replication time control on, event threshold of 15 minutes", cosmetic,
       nothing,
       [](Rule& r, All&) {
         r.destination.replication_time = Switch::enabled;
         r.destination.replication_time_minutes = r.destination.metrics_event_threshold_minutes = 15;
       }},
      {"destination.replication_time", "replication time control off", cosmetic,
       [](Policy& policy) { policy.rule.replication_time = true; },
       [](Rule& r, All&) { r.destination.replication_time = Switch::disabled; }},
      {"destination.replication_time_minutes", "replication time of 30 minutes", cosmetic,
       [](Policy& policy) { policy.rule.replication_time = true; },
       [](Rule& r, All&) { r.destination.replication_time_minutes = 30; }},
      {"destination.metrics", "metrics off", cosmetic, nothing,
       [](Rule& r, All&) { r.destination.metrics.reset(); }},
      {"destination.metrics", "metrics on", cosmetic, [](Policy& policy) { policy.rule.metrics = false; },
       [](Rule& r, All&) { r.destination.metrics = Switch::enabled; }},
      {"destination.metrics_event_threshold_minutes", "event threshold missing", cosmetic,
       [](Policy& policy) { policy.rule.replication_time = true; },
       [](Rule& r, All&) { r.destination.metrics_event_threshold_minutes.reset(); }},
      {"unknown_rule_xml", "an unknown selection", lossy, nothing,
       [](Rule& r, All&) {
         r.unknown_rule_xml = "<SourceSelectionCriteria><New/></SourceSelectionCriteria>";
       }},
      {"unknown_rule_xml", "", tolerated, nothing,
       [](Rule& r, All&) { r.unknown_rule_xml = "<New>1</New><SourceSelectionCriteria />"; }},
      {"unknown_destination_xml", "", tolerated, nothing,
       [](Rule& r, All&) { r.unknown_destination_xml = "<New>1</New>"; }},
  };
  return cases;
}

// Our rule in `all` as the case has it.
inline void make_drift(const DriftCase& drift, const dr::Policy& policy, const s3::BucketName& source,
                       s3::ReplicationConfiguration& all) {
  for (std::size_t i = 0; i < all.rules.size(); ++i) {
    if (all.rules[i].id != dr::rule_id(policy, source)) continue;
    drift.edit(all.rules[i], all);
    return;
  }
}

}  // namespace s3dr::test
