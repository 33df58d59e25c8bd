// The steps of a tagged pair when nothing prevents them, in this order:
// - source versioning
// - the recorded intent
// - the replica bucket
// - its versioning, policy and tags
// - its other settings
// - the rule
// Each step is planned from what is seen. So a step may already be done, or somebody may have undone it.
#include <algorithm>

#include "base/encoding.h"
#include "dr/planner.h"
#include "dr/property_clone.h"
#include "dr/replica_name.h"
#include "dr/replica_policy.h"
#include "dr/replication_rule.h"
#include "dr/rule_drift.h"

namespace s3dr::dr {
namespace {

using enum Function;

bool is_enabled(const Observed<s3::Versioning>& versioning) {
  return versioning.has_value() && versioning.value() == s3::Versioning::enabled;
}

constexpr milliseconds first_versioned_age_max{60'000};

RuleDrift drift_of(const Planner& p) {
  return rule_drift(p.policy, p.seen.bucket, p.seen.replica_bucket, configuration_of(p));
}

DesiredRule desired_now(const Planner& p) {
  DesiredRule desired = desired_of(p.policy, p.seen.bucket, p.seen.replica_bucket);
  if (const auto& recorded = p.record()->rule.desired) desired.unknown = recorded->unknown;
  return desired;
}

// Whoever PUT the rule died before noting it. What was put is what is there, as far as anybody knows.
void note_what_was_put(const Planner& p, Record& next) {
  next.rule.desired = desired_now(p);
  if (const auto since = next.edits.put_may_follow) {
    next.edits =
        with_own_put(next.edits, own_put(p.policy, p.seen.bucket, configuration_of(p), *since, p.now));
  }
}

std::string tagged_reason(const Planner& p) {
  return "bucket " + p.source_name() + " is tagged for protection";
}

const s3::TagSet& tags_of(const Observed<s3::TagSet>& tags) {
  static const s3::TagSet none;
  return tags.has_value() ? tags.value() : none;
}

// What is written soon after the very first enabling may count as unversioned, so the moment is recorded before it.
// True: recorded by this plan, the enabling waits for it.
bool plan_first_versioned(Planner& p) {
  if (p.policy.store.after_first_versioning.count() == 0) return false;
  if (p.seen.source.versioning.value() != s3::Versioning::never_enabled) return false;
  const Record* record = p.record();
  // An older moment is that of a run that was cut off.
  if (record != nullptr && record->first_versioned &&
      p.now - *record->first_versioned < first_versioned_age_max) {
    return false;
  }
  Record next = record != nullptr ? *record : new_record(p);
  next.first_versioned = p.now;
  const std::string reason = tagged_reason(p);
  const State state = record != nullptr ? record->state : State::pending;
  p.write(source_bucket_check, moved_to(std::move(next), state, reason, p.now),
          "record that versioning begins", "the backfill has to know when it began");
  p.add_later(ActionKind::enable_source_versioning, source_bucket_check,
              "enable versioning on " + p.source_name(), "the moment is recorded");
  return true;
}

void plan_source_versioning(Planner& p) {
  if (is_enabled(p.seen.source.versioning)) return;
  Action& action =
      p.add(ActionKind::enable_source_versioning, source_bucket_check,
            "enable versioning on " + p.source_name(), tagged_reason(p) + "; replication needs versioning");
  action.bucket = p.seen.bucket;
}

void plan_rest_later(Planner& p, const std::string& after) {
  p.add_later(ActionKind::put_rule, enable_replication, "set our replication rule on " + p.source_name(),
              after);
  p.add_later(ActionKind::create_job, enable_replication, "backfill the existing objects",
              "the rule is live");
}

std::string opening(const Planner& p) {
  return "let the replication role write into " + p.replica_name();
}

std::string fencing(const Planner& p) {
  return "fence " + p.replica_name() + ": only replication writes to it";
}

// `record`: as it is when they are carried out; nullptr: not known.
void plan_replica_later(Planner& p, const Record* record, const std::string& after) {
  p.add_later(ActionKind::enable_replica_versioning, destination_bucket_check,
              "enable versioning on " + p.replica_name(), after);
  if (needs_replica_policy(p.policy)) {
    p.add_later(ActionKind::open_replica_bucket, destination_bucket_check, opening(p), after);
  } else if (wants_replica_policy(p.policy, record)) {
    p.add_later(ActionKind::fence_replica_bucket, destination_bucket_check, fencing(p), after);
  }
  plan_rest_later(p, "the replica bucket is ready");
}

// True: the bucket exists and is ours, on to its configuration.
bool plan_replica_bucket(Planner& p) {
  const Record* record = p.record();
  if (record == nullptr || record->claim == Claim::none) {
    Record next = record != nullptr ? *record : new_record(p);
    next.replica = {p.policy.destination_account, p.policy.destination_region, p.seen.replica_bucket};
    next.claim = Claim::intended;
    next.is_replica_new = p.seen.replica.head.is_absent();
    next.fence = p.policy.settings.harden && next.is_replica_new;
    const Record later = next;
    p.write(destination_bucket_check, moved_to(std::move(next), State::pending, tagged_reason(p), p.now),
            "record the intent: " + p.source_name() + " → " + p.replica_name(),
            tagged_reason(p) + "; written before the replica bucket is created");
    if (p.seen.replica.head.is_absent()) {
      p.add_later(ActionKind::create_replica_bucket, destination_bucket_check,
                  "create replica bucket " + p.replica_name() + " in " + p.policy.destination_region.text(),
                  "the intent is recorded");
    }
    plan_replica_later(p, &later, "the replica bucket exists");
    return false;
  }
  if (p.seen.replica.head.has_value()) return true;
  Action& action =
      p.add(ActionKind::create_replica_bucket, destination_bucket_check,
            "create replica bucket " + p.replica_name() + " in " + p.policy.destination_region.text(),
            tagged_reason(p) + " and has no replica");
  action.bucket = p.seen.replica_bucket;
  action.object_lock = p.seen.object_lock.has_value();
  if (p.seen.object_lock.is_failed()) {
    p.plan.warnings.push_back("whether " + p.source_name() + " has an object lock is not known (" +
                              p.seen.object_lock.text() +
                              "): its replica is made without, and gets it later");
  }
  action.tags =
      replica_tag_change(p.policy, replica_mark(p.policy, p.seen.bucket), tags_of(p.seen.source.tags), {})
          .merged;
  plan_replica_later(p, record, "the replica bucket exists");
  return false;
}

std::string what_is_sent(const std::string& why_all) {
  if (why_all.empty()) return ". The backfill takes what lacks a replica: status NONE or FAILED";
  return ". The backfill takes all versions: " + why_all;
}

// While S3 cannot write to the replica, every delivery fails. So a live rule needs a new backfill. The new
// generation is recorded before the cause is removed. True: this plan records it, and removing the cause
// waits.
bool plan_new_generation(Planner& p, const std::string& reason, ActionKind mending, std::string what) {
  const Record& record = *p.record();
  const bool was_backfilled = record.rule.state == RuleState::live && record.backfill &&
                              record.backfill->generation == record.rule.generation;
  if (!was_backfilled) return false;
  std::string why_all;
  Record next = with_next_generation(p, why_all);
  p.write(destination_bucket_check, moved_to(std::move(next), State::backfilling, reason, p.now),
          "record a new generation", reason + what_is_sent(why_all));
  p.add_later(mending, destination_bucket_check, std::move(what), "the new generation is recorded");
  return true;
}

bool plan_replica_versioning(Planner& p) {
  if (is_enabled(p.seen.replica.versioning)) return true;
  if (plan_new_generation(p, "versioning of replica " + p.replica_name() + " was off: objects may be missing",
                          ActionKind::enable_replica_versioning,
                          "enable versioning on " + p.replica_name())) {
    return false;
  }
  Action& action = p.add(ActionKind::enable_replica_versioning, destination_bucket_check,
                         "enable versioning on " + p.replica_name(), "a replica must be versioned");
  action.bucket = p.seen.replica_bucket;
  plan_rest_later(p, "the replica bucket is ready");
  return false;
}

// With two accounts the destination has to let the source's role in. A replica that we made is fenced.
bool plan_replica_policy(Planner& p) {
  if (!wants_replica_policy(p.policy, p.record())) return true;
  if (p.seen.replica_policy.is_unsupported()) {
    p.plan.warnings.push_back("the destination store has no bucket policies: " + p.replica_name() +
                              " is not fenced");
    return true;
  }
  ReplicaPolicyChange change = replica_policy_change(
      p.policy.partition, p.seen.replica_bucket,
      replica_policy_wish(p.policy, p.record(), replicating_role(p)), p.seen.replica_policy.get());
  if (change.difference.empty()) return true;
  if (change.document.empty()) {
    p.plan.warnings.push_back("nothing is to be left of the bucket policy of " + p.replica_name() +
                              ": delete it by hand (" + change.difference + ")");
    return true;
  }
  const bool closed = !change.closed.empty();
  const std::string reason = closed ? "our statement in the bucket policy is: " + change.closed
                                    : "our statements in the bucket policy: " + change.difference;
  // Through a fence that was down, others may have written. A comparison finds that; nothing was missed.
  if (closed && plan_new_generation(p, reason + ": objects may be missing", ActionKind::open_replica_bucket,
                                    opening(p)))
    return false;
  Action& action = p.add(closed ? ActionKind::open_replica_bucket : ActionKind::fence_replica_bucket,
                         destination_bucket_check, closed ? opening(p) : fencing(p),
                         reason + (closed ? "; another account's role needs it" : ""));
  action.bucket = p.seen.replica_bucket;
  action.bucket_policy = std::move(change.document);
  // A fence that is refused does not stop a running protection. A new one waits for it.
  if (!closed && p.record()->claim == Claim::established) return true;
  plan_rest_later(p, "the replica bucket is ready");
  return false;
}

bool plan_replica_tags(Planner& p) {
  if (p.seen.replica.tags.is_unsupported()) return true;
  TagChange change = replica_tag_change(p.policy, replica_mark(p.policy, p.seen.bucket),
                                        tags_of(p.seen.source.tags), tags_of(p.seen.replica.tags));
  if (!change.not_cloned.empty()) p.plan.warnings.push_back(change.not_cloned);
  if (change.set.empty()) return true;
  Action& action = p.add(ActionKind::tag_replica_bucket, destination_bucket_check,
                         "set " + std::to_string(change.set.size()) + " tags on " + p.replica_name(),
                         "the mark of a replica and the tags of its source");
  action.bucket = p.seen.replica_bucket;
  action.tags = std::move(change.set);
  action.tags_merged = std::move(change.merged);
  return p.record()->claim == Claim::established;  // missing tags do not stop a running protection
}

bool plan_replica_ready(Planner& p) {
  if (p.record()->claim == Claim::established) return true;
  Record next = *p.record();
  next.claim = Claim::established;
  if (p.settings) next.settings = *p.settings;
  const std::string reason = "replica bucket " + p.replica_name() + " exists, is versioned and marked";
  p.write(destination_bucket_check, moved_to(std::move(next), State::replica_ready, reason, p.now),
          "record that the replica is ready", reason);
  plan_rest_later(p, "the replica is recorded as ready");
  return false;
}

// Somebody's hand, or our own wish: then the record knows another one.
std::string cause_of_drift(const Planner& p) {
  const auto& desired = p.record()->rule.desired;
  const bool asked = desired && *desired != desired_now(p);
  return asked ? "the configuration asks for another rule" : "our rule was changed by somebody";
}

void prepare_rule(Planner& p, const RuleDrift& drift) {
  const Record& record = *p.record();
  std::string reason = "first time live";
  if (record.rule.state == RuleState::disabled) reason = "tagged again after a pause";
  if (record.rule.state == RuleState::live) {
    reason = cause_of_drift(p) + ", lossy drift (" + drift.text() + "): versions may have been missed";
  }
  std::string why_all;
  Record next = with_next_generation(p, why_all);
  next.rule.id = rule_id(p.policy, p.seen.bucket);
  next.rule.state = RuleState::enabling;
  next.rule.desired = desired_now(p);
  next.backfill.reset();
  if (!next.edits.put_may_follow) next.edits.put_may_follow = p.now;
  const std::int64_t generation = next.rule.generation;
  p.write(enable_replication, moved_to(std::move(next), State::replica_ready, reason, p.now),
          "record generation " + std::to_string(generation) + " of the rule", reason + what_is_sent(why_all));
  plan_rest_later(p, "the generation is recorded");
}

Action& put_our_rule(Planner& p, std::string what, std::string reason) {
  Action& action = p.add(ActionKind::put_rule, enable_replication, std::move(what), std::move(reason));
  action.bucket = p.seen.bucket;
  action.configuration = with_our_rule(p.policy, p.seen.bucket, p.seen.replica_bucket,
                                       p.record()->rule.replaces, configuration_of(p));
  action.advice = pass_role_advice(p.policy, action.configuration->role_arn);
  return action;
}

// Nothing was missed: the rule stays live, in its generation. What somebody chose by hand is put right like a mistake.
void plan_cosmetic_drift(Planner& p, const RuleDrift& drift) {
  const Record& record = *p.record();
  if (drift.empty() && !record.edits.put_may_follow) return;
  if (drift.empty()) {
    Record next = record;
    note_what_was_put(p, next);
    next.changed = p.now;
    p.write(enable_replication, std::move(next), "record that our rule is right", "it was put right");
    return;
  }
  if (record.rule.desired && record.rule.desired->version > rule_version) {
    p.plan.warnings.push_back("a newer s3dr has put our rule " + record.rule.id +
                              "; what is cosmetic is left to it: " + drift.text());
    return;
  }
  const std::string what = "put our rule " + record.rule.id + " right";
  const std::string said = "cosmetic drift (" + drift.text() + "): nothing was missed, no job";
  if (record.edits.put_may_follow) {
    put_our_rule(p, what, said);
    return;
  }
  Record next = record;
  next.edits.put_may_follow = p.now;
  next.rule.desired = desired_now(p);
  next.changed = p.now;
  p.write(enable_replication, std::move(next), "record that our rule is about to be put right",
          cause_of_drift(p) + ", " + said);
  p.add_later(ActionKind::put_rule, enable_replication, what, "the PUT is announced in the record");
}

// True: the rule is live and recorded as live.
bool plan_rule(Planner& p, const RuleDrift& drift) {
  const Record& record = *p.record();
  const bool foreign_to_replace =
      !record.rule.replaces.empty() && find_rule(configuration_of(p), record.rule.replaces) != nullptr;
  if (record.rule.state != RuleState::enabling) {
    if (!drift.is_lossy() && record.rule.state == RuleState::live) return true;
    prepare_rule(p, drift);
    return false;
  }
  // What is cosmetic is put right later: it keeps nothing from arriving, and some stores never show it.
  if (drift.is_lossy() || foreign_to_replace) {
    put_our_rule(p, "set our rule " + record.rule.id + " → " + p.replica_name(),
                 "our rule is: " + (drift.empty() ? "beside the one it replaces" : drift.text()));
    p.add_later(ActionKind::create_job, enable_replication, "backfill the existing objects",
                "the rule is live");
    return false;
  }
  Record next = record;
  next.rule.state = RuleState::live;
  next.rule.replaces.clear();
  note_what_was_put(p, next);
  next.backfill = first_backfill(p, next);
  std::string reason = "our rule is live; existing objects follow";
  if (next.backfill->not_before) {
    reason += " from " + to_iso8601_seconds(*next.backfill->not_before) + " on: the store asks for that wait";
  }
  p.write(enable_replication, moved_to(std::move(next), State::backfilling, reason, p.now),
          "record that the rule is live, and the inputs of the backfill job", "stored before CreateJob");
  p.add_later(ActionKind::create_job, enable_replication, "backfill the existing objects",
              "its inputs are recorded");
  return false;
}

void warn_about_role(Planner& p) {
  const s3::ReplicationConfiguration* configuration = p.seen.replication.get();
  if (configuration == nullptr || configuration->role_arn.empty()) return;
  if (configuration->role_arn == p.policy.replication_role_arn) return;
  if (foreign_rules(p.policy, p.seen.bucket, *configuration).empty()) return;
  p.plan.warnings.push_back("rules of others keep the role " + configuration->role_arn +
                            "; it must be allowed to replicate to " + p.replica_name() +
                            " too, and enable_replication to hand it to S3 (pass_roles)");
}

// "Protected" is not told any more when something that it stands on is seen to be undone.
void withdraw_protected(Planner& p) {
  if (p.plan.state != State::protected_) return;
  if (!is_enabled(p.seen.source.versioning)) {
    p.set_state(State::replica_ready, "versioning of " + p.source_name() + " is not enabled");
    return;
  }
  const auto lost = std::find_if(p.plan.actions.begin(), p.plan.actions.end(), [](const Action& action) {
    return action.record && action.record->state != State::protected_;
  });
  if (lost != p.plan.actions.end()) p.set_state(lost->record->state, lost->record->reason);
}

}  // namespace

const s3::ReplicationConfiguration& configuration_of(const Planner& p) {
  static const s3::ReplicationConfiguration none;
  return p.seen.replication.has_value() ? p.seen.replication.value() : none;
}

std::string replicating_role(const Planner& p) {
  return with_our_rule(p.policy, p.seen.bucket, p.seen.replica_bucket, p.record()->rule.replaces,
                       configuration_of(p))
      .role_arn;
}

Record with_next_generation(const Planner& p, std::string& why_all) {
  Record next = *p.record();
  why_all = why_all_versions(p.policy, next, drift_of(p), p.seen.bucket, configuration_of(p));
  ++next.rule.generation;
  next.rule.by_status = why_all.empty() ? next.rule.generation : 0;
  return next;
}

Record first_record(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica,
                    std::string nonce, Instant now) {
  Record record;
  record.protection = protection_id(policy.source_account, policy.source_region, source, nonce);
  record.nonce = std::move(nonce);
  record.source = {policy.source_account, policy.source_region, source};
  record.replica = {policy.destination_account, policy.destination_region, replica};
  record.rule.id = rule_id(policy, source);
  record.created = record.changed = now;
  return record;
}

Record new_record(const Planner& p) {
  return first_record(p.policy, p.seen.bucket, p.seen.replica_bucket, p.seen.fresh_nonce, p.now);
}

void plan_condition(Planner& p, State state, const std::string& reason, const std::string& advice,
                    Function recorder, Record base) {
  p.set_state(state, reason);
  const bool recorded = p.record() != nullptr && p.record()->state == state &&
                        p.record()->reason == reason_text(reason) && p.record()->claim == base.claim;
  if (!recorded) {
    p.write(recorder, moved_to(std::move(base), state, reason, p.now),
            "record: " + std::string(to_string(state)), reason);
  }
  p.add(ActionKind::ask_a_person, nobody, "look at " + p.source_name(), reason).advice = advice;
}

std::string hidden_or_of_others(const Planner& p) {
  return "bucket " + p.replica_name() +
         " is not ours: it belongs to another account, or the right to look at it is missing";
}

void plan_steps(Planner& p) {
  warn_about_role(p);
  const bool recorded_first = !is_enabled(p.seen.source.versioning) && plan_first_versioned(p);
  if (recorded_first) {
    plan_replica_later(p, p.record(), "versioning is enabled");
    p.set_state(p.record() == nullptr ? State::pending : p.record()->state, tagged_reason(p));
    return;
  }
  plan_source_versioning(p);
  if (plan_replica_bucket(p)) {
    const bool writable = plan_replica_versioning(p) && plan_replica_policy(p);
    const bool tagged = plan_replica_tags(p);
    const bool is_ours = p.record()->claim == Claim::established || (writable && tagged);
    const bool settled = !is_ours || plan_settings(p);
    if (writable && tagged && settled && plan_replica_ready(p) && is_enabled(p.seen.source.versioning)) {
      const RuleDrift drift = drift_of(p);
      if (plan_rule(p, drift)) {
        plan_backfill(p);
        plan_cosmetic_drift(p, drift);
      }
    } else if (writable && tagged && p.record()->claim == Claim::established) {
      plan_rest_later(p, "the source is versioned");
    }
  }
  const Record* record = p.record();
  if (record == nullptr) {
    p.set_state(State::pending, tagged_reason(p));
    return;
  }
  const State reached = progress_state(*record);
  p.set_state(record->state, p.waits.empty() ? record->reason : p.waits);
  withdraw_protected(p);
  // A condition has ended: only the record has to say so.
  if (p.is_idle() && record->state != reached) {
    p.set_state(reached, "nothing stands in the way any more");
    p.write(enable_replication, moved_to(*record, reached, p.plan.state_reason, p.now),
            "record: " + std::string(to_string(reached)), p.plan.state_reason);
  }
}

}  // namespace s3dr::dr
