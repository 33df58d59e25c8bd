// What is settled before the ordinary steps.
// 1. Is the source still the bucket that it was? S3 gives a bucket no id. When our rule is gone, versions that the last
//    comparison saw are looked for before the rule is set again: a bucket that was deleted and made again under the
//    same name has none of them, and its data must not enter the replica of the one before.
// 2. What a person asked for with `protect --adopt NAME` or `protect --new-replica`. The request is in the record. It
//    is checked like everything else. One record write carries it out. Then the ordinary steps follow.
#include "dr/planner.h"
#include "dr/replica_name.h"
#include "dr/replication_rule.h"

namespace s3dr::dr {

bool asks_seen_versions(const Policy& policy, const ObservedPair& seen) {
  const Record* record = seen.record.get();
  if (record == nullptr || record->instruction || record->rule.generation == 0) return false;
  if (record->seen_versions.empty() || !seen.replication.is_known()) return false;
  const s3::ReplicationConfiguration* configuration = seen.replication.get();
  return configuration == nullptr || find_rule(*configuration, rule_id(policy, seen.bucket)) == nullptr;
}

void set_unknown(Planner& p) {
  Action& first = p.plan.actions.front();
  p.set_state(State::unknown, "not known: " + first.blocked_by);
  if (p.seen.record.is_failed() && p.seen.record.kind() == ErrorKind::corrupt) {
    first.advice = advice_for_unreadable(
        p.policy.control_bucket, record_key(p.policy.source_account, p.policy.source_region, p.seen.bucket));
  }
}

bool plan_identity(Planner& p) {
  if (!asks_seen_versions(p.policy, p.seen)) return false;
  const Record& record = *p.record();
  p.set_state(record.state, record.reason);
  if (record.state == State::protected_) p.set_state(State::replica_ready, "our rule is gone");
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

namespace {

using enum Function;

constexpr std::int64_t ordinal_max = 50;

// A new replica starts from nothing: no rule of ours writes to it, nothing is verified. A source that was
// re-created has never had a rule, so its generation must be 0 (see is_recreated in plan.cc).
void start_over(const Planner& p, Record& record) {
  record.nonce = p.seen.fresh_nonce;
  record.protection =
      protection_id(p.policy.source_account, p.policy.source_region, p.seen.bucket, record.nonce);
  record.rule = {rule_id(p.policy, p.seen.bucket), 0, RuleState::none, ""};
  record.backfill.reset();
  record.first_versioned.reset();
  record.verified.reset();
  record.last_difference.reset();
  record.seen_versions.clear();
  record.instruction.reset();
  record.settings = {};
}

// The one rule of somebody else that feeds the bucket to adopt: its id; "" when there is none.
std::string rule_feeding(const Planner& p) {
  const s3::ReplicationConfiguration* configuration = p.seen.replication.get();
  if (configuration == nullptr) return "";
  for (const s3::ReplicationRule& rule : foreign_rules(p.policy, p.seen.bucket, *configuration)) {
    if (s3::destination_bucket(rule.destination) == p.seen.replica_bucket) return rule.id;
  }
  return "";
}

std::string why_not_adopted(const Planner& p, const std::string& replaces) {
  const std::string name = "bucket " + p.replica_name();
  const s3::BucketHead* head = p.seen.replica.head.get();
  if (p.seen.replica.head.is_failed()) return hidden_or_of_others(p);
  if (head == nullptr) return name + " does not exist";
  if (!head->region.empty() && head->region != p.policy.destination_region) {
    return name + " is in region " + head->region.text() + ", not in " + p.policy.destination_region.text();
  }
  if (is_own_bucket(p.policy, p.seen.replica_bucket) || p.seen.replica_bucket == p.seen.bucket) {
    return name + " cannot be a replica";
  }
  if (p.seen.replica.versioning.has_value() && p.seen.replica.versioning.value() != s3::Versioning::enabled) {
    return name + " is not versioned";
  }
  if (p.seen.replica.tags.has_value()) {
    const std::string* mark = s3::find_tag(p.seen.replica.tags.value(), replica_mark_key);
    if (mark != nullptr && *mark != replica_mark(p.policy, p.seen.bucket).value) {
      return name + " is marked as the replica of " + *mark;
    }
    if (is_tagged(p.policy, p.seen.replica.tags.value()))
      return name + " is tagged for protection itself: a bucket is a source or a replica";
  }
  if (p.seen.replication.has_value()) {
    if (auto conflict = rule_conflict(p.policy, p.seen.bucket, p.seen.replica_bucket, replaces,
                                      p.seen.replication.value())) {
      return *conflict;
    }
  }
  return "";
}

void plan_adoption(Planner& p) {
  const std::string replaces = rule_feeding(p);
  if (const std::string reason = why_not_adopted(p, replaces); !reason.empty()) {
    plan_condition(p, State::conflict, "cannot adopt " + p.replica_name() + ": " + reason,
                   "Mend that, and it goes on by itself. Or make a new replica: s3dr protect " +
                       p.source_name() + " --new-replica",
                   destination_bucket_check, *p.record());
    return;
  }
  Record next = *p.record();
  start_over(p, next);
  next.replica = {p.policy.destination_account, p.policy.destination_region, p.seen.replica_bucket};
  next.claim = Claim::established;
  next.fence = false;  // whoever made the bucket may write to it
  next.rule.replaces = replaces;
  const std::string reason = "bucket " + p.replica_name() + " adopted as the replica, as asked for";
  p.set_state(State::replica_ready, reason);
  p.write(destination_bucket_check, moved_to(std::move(next), State::replica_ready, reason, p.now),
          "adopt " + p.replica_name() + " as the replica",
          "asked for by a person; owner, region, versioning checked");
  p.add_later(ActionKind::put_rule, enable_replication,
              replaces.empty() ? "set our replication rule" : "replace rule " + replaces + " by ours",
              "the adoption is recorded");
}

void plan_new_replica(Planner& p) {
  Record next = *p.record();
  ++next.replica_ordinal;
  if (p.seen.replica.head.is_failed()) {
    // Another name is tried when a person asks again: if a right is missing, every name answers so.
    next.instruction.reset();
    plan_condition(p, State::conflict, hidden_or_of_others(p),
                   "To try the next name: s3dr protect " + p.source_name() + " --new-replica",
                   destination_bucket_check, std::move(next));
    return;
  }
  if (p.seen.replica.head.has_value()) {
    if (next.replica_ordinal > ordinal_max) {
      plan_condition(p, State::conflict, "no free name for a new replica was found",
                     "Change replica_name, or adopt a bucket.", destination_bucket_check, *p.record());
      return;
    }
    p.set_state(next.state, next.reason);
    next.changed = p.now;
    p.write(destination_bucket_check, std::move(next), "try the next replica name",
            "the name " + p.replica_name() + " is taken");
    return;
  }
  const std::string kept = next.replica.bucket.text();
  start_over(p, next);
  // They were remembered of the replica before. What it holds is kept, but not compared any more.
  next.last_copies.clear();
  next.collapse.reset();
  next.replica = {p.policy.destination_account, p.policy.destination_region, p.seen.replica_bucket};
  next.claim = Claim::intended;
  next.is_replica_new = p.seen.replica.head.is_absent();
  next.fence = p.policy.settings.harden;
  const std::string reason = "new replica " + p.replica_name() + ", as asked for" +
                             (kept.empty() ? "" : "; the one before, " + kept + ", is kept as it is");
  p.set_state(State::pending, reason);
  p.write(destination_bucket_check, moved_to(std::move(next), State::pending, reason, p.now),
          "record the intent: " + p.source_name() + " → " + p.replica_name(), reason);
  p.add_later(ActionKind::create_replica_bucket, destination_bucket_check,
              "create replica bucket " + p.replica_name(), "the intent is recorded");
}

}  // namespace

bool plan_instruction(Planner& p) {
  const Record* record = p.record();
  if (record == nullptr || !record->instruction) return false;
  if (record->instruction->kind == InstructionKind::adopt) {
    plan_adoption(p);
  } else {
    plan_new_replica(p);
  }
  const s3::Versioning* versioning = p.seen.source.versioning.get();
  if (p.plan.for_a_person() == nullptr && versioning != nullptr && *versioning != s3::Versioning::enabled) {
    p.add_later(ActionKind::enable_source_versioning, source_bucket_check,
                "enable versioning on " + p.source_name(), "the instruction is carried out");
  }
  return true;
}

}  // namespace s3dr::dr
