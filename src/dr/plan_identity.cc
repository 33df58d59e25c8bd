// Is the source still the bucket that it was? S3 gives a bucket no id. When our rule is gone, versions that the last
// comparison saw are looked for before the rule is set again: a bucket that was deleted and made again under the same
// name has none of them, and its data must not enter the replica of the one before.
#include "dr/planner.h"
#include "dr/replication_rule.h"

namespace s3dr::dr {

bool asks_seen_versions(const Policy& policy, const ObservedPair& seen) {
  const Record* record = seen.record.get();
  if (record == nullptr || record->instruction || record->rule.generation == 0) return false;
  if (record->seen_versions.empty() || !seen.replication.is_known()) return false;
  const s3::ReplicationConfiguration* configuration = seen.replication.get();
  return configuration == nullptr || find_rule(*configuration, rule_id(policy, seen.bucket)) == nullptr;
}

bool plan_identity(Planner& p) {
  if (!asks_seen_versions(p.policy, p.seen)) return false;
  const Record& record = *p.record();
  p.set_state(record.state, record.reason);
  constexpr Function self = Function::source_bucket_check;
  if (!p.require(p.seen.seen_versions, "whether " + p.source_name() + " is still the same bucket", self))
    return true;
  std::string why = "versions that were seen before are still there";
  if (!p.seen.seen_versions.has_value() || !p.seen.seen_versions.value()) {
    if (!p.require(p.seen.source_created, "when " + p.source_name() + " was made", self)) return true;
    if (!p.seen.source_created.has_value() || p.seen.source_created.value() > record.created) {
      plan_condition(p, State::source_recreated, "another bucket has taken the name " + p.source_name(),
                     "To protect the new one: s3dr protect " + p.source_name() +
                         " --new-replica. If it is the same bucket after all: s3dr protect " +
                         p.source_name() + " --adopt " + record.replica.bucket.text(),
                     self, record);
      return true;
    }
    why = "the bucket is older than its protection";
  }
  // Remembered anew by the next comparison. Until then the question is answered, for whoever sets the rule.
  Record next = record;
  next.seen_versions.clear();
  next.changed = p.now;
  p.write(self, std::move(next), "record that " + p.source_name() + " is the same bucket",
          "our rule is gone, but " + why);
  p.add_later(ActionKind::put_rule, Function::enable_replication,
              "set our replication rule on " + p.source_name(), "the bucket is known to be the same");
  return true;
}

}  // namespace s3dr::dr
