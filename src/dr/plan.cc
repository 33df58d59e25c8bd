// The order in which one pair is judged:
// 1. Is it our business?
// 2. Is the source there, and is it the same bucket?
// 3. Is it tagged?
// 4. Can the store do it?
// 5. Is everything known?
//    One answer is enough: if the replica's name answers `denied` and we have no bucket there yet, it is taken. That is
//    a conflict (is_taken), whatever else is known.
// 6. Does anything prevent it? That is an obstacle. Most are a conflict (State::conflict), such as a bucket of
//    our account that already has the replica's name.
// Only then come the steps (plan_steps.cc).
#include "dr/plan.h"

#include <algorithm>

#include "base/encoding.h"
#include "dr/planner.h"
#include "dr/property_clone.h"
#include "dr/replica_name.h"
#include "dr/replica_policy.h"
#include "dr/replication_rule.h"

namespace s3dr::dr {
namespace {

bool is_missing_or_elsewhere(const Planner& p, std::string& why) {
  if (p.seen.source.head.is_absent()) {
    why = "bucket " + p.source_name() + " does not exist any more";
    return true;
  }
  const s3::BucketHead* head = p.seen.source.head.get();
  if (head != nullptr && !head->region.empty() && head->region != p.policy.source_region) {
    why = "bucket " + p.source_name() + " is in region " + head->region.text() + ", not in " +
          p.policy.source_region.text();
    return true;
  }
  return false;
}

void plan_missing_source(Planner& p, const std::string& why) {
  const bool elsewhere = p.seen.source.head.has_value();
  const s3::TagSet* tags = p.seen.source.tags.get();
  if (elsewhere && tags != nullptr && is_tagged(p.policy, *tags)) {
    p.plan.warnings.push_back(why + ": it is tagged for protection but not protected");
  }
  if (p.seen.record.is_absent()) {
    p.set_state(State::unprotected, why);
    return;
  }
  if (!p.require(p.seen.record, "the record of " + p.source_name(), Function::source_bucket_check))
    return set_unknown(p);
  p.set_state(State::source_gone, why);
  if (p.record()->state == State::source_gone) return;
  p.write(Function::source_bucket_check, moved_to(*p.record(), State::source_gone, why, p.now),
          "record that the source is gone", "the replica " + p.record()->replica.bucket.text() + " is kept");
}

// Versioning never goes back to "never enabled", and a bucket that vanished is another one when it reappears.
bool is_recreated(const Planner& p) {
  const Record* record = p.record();
  if (record == nullptr) return false;
  if (record->state == State::source_gone || record->state == State::source_recreated) return true;
  const s3::Versioning* versioning = p.seen.source.versioning.get();
  return record->rule.generation > 0 && versioning != nullptr && *versioning == s3::Versioning::never_enabled;
}

// Needs only the source side: the live tag is gone and our rule is there. The record is written when it can
// be reached.
void plan_pause(Planner& p) {
  const Record* record = p.record();
  const std::string reason = "bucket " + p.source_name() + " is not tagged";
  const s3::ReplicationConfiguration* configuration = p.seen.replication.get();
  const bool may_have_rule = !p.seen.record.is_known() || (record != nullptr && record->rule.generation > 0);
  bool disabling = false;
  if (configuration != nullptr) {
    const auto* rule = find_rule(*configuration, rule_id(p.policy, p.seen.bucket));
    if (rule != nullptr && rule->status == s3::Switch::enabled) {
      Action& action = p.add(ActionKind::disable_rule, Function::enable_replication,
                             "disable our rule " + rule->id, reason + "; the replica is kept");
      action.bucket = p.seen.bucket;
      action.configuration = with_our_rule_disabled(p.policy, p.seen.bucket, *configuration);
      action.advice = pass_role_advice(p.policy, action.configuration->role_arn);
      disabling = true;
    }
  } else if (may_have_rule && !p.seen.replication.is_unsupported()) {
    p.require(p.seen.replication, "the replication configuration of " + p.source_name(),
              Function::enable_replication);
  }
  if (p.seen.record.is_absent()) {
    p.set_state(State::unprotected, reason);
    return;
  }
  if (!p.require(p.seen.record, "the record of " + p.source_name(), Function::enable_replication)) {
    p.set_state(State::unknown, reason);
    return;
  }
  if (is_recreated(p)) {
    const std::string why = "another bucket has taken the name " + p.source_name();
    p.set_state(State::source_recreated, why);
    if (record->state != State::source_recreated) {
      p.write(Function::source_bucket_check, moved_to(*record, State::source_recreated, why, p.now),
              "record that the source was re-created", why);
    }
    return;
  }
  p.set_state(State::paused, reason);
  if (record->state == State::paused) return;
  if (disabling) {
    p.add_later(ActionKind::write_record, Function::enable_replication, "record the pause",
                "our rule is disabled");
    return;
  }
  if (!p.seen.replication.is_known() && !p.seen.replication.is_unsupported()) return;
  Record next = *record;
  if (next.rule.generation > 0) next.rule.state = RuleState::disabled;
  p.write(Function::enable_replication,
          moved_to(std::move(next), State::paused, reason + ": replication paused, replica kept", p.now),
          "record the pause", reason);
}

// What the stores cannot do is reported before the first write.
std::string unsupported_reason(const Planner& p) {
  const auto text = [](std::string what, const std::string& detail) {
    return what + (detail.empty() ? "" : ": " + detail);
  };
  if (p.seen.source.versioning.is_unsupported()) {
    return text("the source store has no versioning", p.seen.source.versioning.text());
  }
  if (p.seen.replication.is_unsupported()) {
    return text("the source store has no replication API", p.seen.replication.text());
  }
  if (p.seen.replica.versioning.is_unsupported()) {
    return text("the destination store has no versioning", p.seen.replica.versioning.text());
  }
  if (needs_replica_policy(p.policy) && p.seen.replica_policy.is_unsupported()) {
    return text("the destination store has no bucket policies, so the source's account cannot be let in",
                p.seen.replica_policy.text());
  }
  return "";
}

bool require_what_the_record_names(Planner& p, const std::string& replica) {
  bool known = true;
  known &= p.require(p.seen.replica.head, "whether bucket " + replica + " exists and is ours",
                     Function::destination_bucket_check);
  if (!p.seen.replica.head.has_value()) return known;
  known &= p.require(p.seen.replica.versioning, "the versioning of " + replica,
                     Function::destination_bucket_check);
  const bool only_fences = !needs_replica_policy(p.policy) && p.seen.replica_policy.is_unsupported();
  if (wants_replica_policy(p.policy, p.record()) && !only_fences) {
    // A missing right of whoever looks first is told by him: others may have it, and go on to the same end.
    const auto& policy = p.seen.replica_policy;
    const bool is_denied = policy.is_failed() && policy.kind() == ErrorKind::denied;
    known &= p.require(policy, "the bucket policy of " + replica,
                       is_denied ? Function::source_bucket_check : Function::destination_bucket_check);
  }
  if (!p.seen.replica.tags.is_unsupported()) {
    known &= p.require(p.seen.replica.tags, "the tags of " + replica, Function::destination_bucket_check);
  }
  return known;
}

bool require_everything(Planner& p) {
  const std::string source = p.source_name(), replica = p.replica_name();
  bool known =
      p.require(p.seen.source.versioning, "the versioning of " + source, Function::source_bucket_check);
  known &= p.require(p.seen.replication, "the replication configuration of " + source,
                     Function::source_bucket_check);
  // Which observations are needed next depends on the record.
  if (p.require(p.seen.record, "the record of " + source, Function::destination_bucket_check)) {
    known &= require_what_the_record_names(p, replica);
  } else {
    known = false;
  }
  const s3::Versioning* versioning = p.seen.source.versioning.get();
  if (!known && versioning != nullptr && *versioning != s3::Versioning::enabled) {
    Action& action = p.add(ActionKind::enable_source_versioning, Function::source_bucket_check,
                           "enable versioning on " + source, "replication needs it");
    action.blocked_by = p.plan.actions.front().blocked_by;
    action.blocked_kind = p.plan.actions.front().blocked_kind;
    action.premise = p.plan.actions.front().premise;
  }
  return known;
}

// There is something at the name, and we may not look at it. While we have no bucket there, that is a conflict: it
// is another account's, or a right is missing, and only a person can tell. Of our own replica it is no answer.
bool is_taken(const Planner& p) {
  const auto& head = p.seen.replica.head;
  if (!p.seen.record.is_known() || !head.is_failed() || head.kind() != ErrorKind::denied) return false;
  const Record* record = p.record();
  if (record == nullptr || record->instruction) return true;
  return record->claim == Claim::none || record->claim == Claim::intended;
}

std::string advice_for_another_name(const Planner& p) {
  return "To take another name: s3dr protect " + p.source_name() + " --new-replica";
}

void plan_taken(Planner& p) {
  if (plan_instruction(p)) return;
  plan_condition(p, State::conflict, hidden_or_of_others(p), advice_for_another_name(p),
                 Function::destination_bucket_check, p.record() != nullptr ? *p.record() : new_record(p));
}

struct Obstacle {
  State state = State::conflict;
  std::string reason, advice;
  Function recorder = Function::destination_bucket_check;
  bool lost = false;
};

std::optional<Obstacle> obstacle_of_replica(const Planner& p) {
  const std::string adopt = "If it is meant to be the replica: s3dr protect " + p.source_name() +
                            " --adopt " + p.replica_name() + ". Otherwise: s3dr protect " + p.source_name() +
                            " --new-replica";
  const std::string anew = "To make a new replica: s3dr protect " + p.source_name() + " --new-replica";
  const std::string lost = "replica bucket " + p.replica_name() + " was deleted or replaced by hand";
  const Record* record = p.record();
  const s3::BucketHead* head = p.seen.replica.head.get();
  const bool established = record != nullptr && record->claim == Claim::established;
  if (record != nullptr && (record->replica.account != p.policy.destination_account ||
                            record->replica.region != p.policy.destination_region)) {
    return Obstacle{State::conflict,
                    "the record names a replica in " + record->replica.account.text() + "/" +
                        record->replica.region.text() + ", the configuration another destination",
                    "Put the destination back, or: s3dr protect " + p.source_name() + " --new-replica"};
  }
  if (record != nullptr && record->claim == Claim::lost) {
    return Obstacle{State::degraded, lost, anew};
  }
  if (head == nullptr) {
    if (!established) return std::nullopt;
    return Obstacle{State::degraded, lost, anew, Function::destination_bucket_check, true};
  }
  if (!head->region.empty() && head->region != p.policy.destination_region) {
    return Obstacle{State::conflict,
                    "bucket " + p.replica_name() + " is in region " + head->region.text() + ", not in " +
                        p.policy.destination_region.text(),
                    anew};
  }
  const s3::TagSet none;
  const s3::TagSet& tags = p.seen.replica.tags.has_value() ? p.seen.replica.tags.value() : none;
  const std::string* mark = s3::find_tag(tags, replica_mark_key);
  const bool ours = mark != nullptr && *mark == replica_mark(p.policy, p.seen.bucket).value;
  if (mark != nullptr && !ours) {
    return Obstacle{State::conflict, "bucket " + p.replica_name() + " is marked as the replica of " + *mark,
                    anew};
  }
  if (ours) return std::nullopt;
  if (established && !p.seen.replica.tags.is_unsupported() && p.seen.replica.versioning.has_value() &&
      p.seen.replica.versioning.value() == s3::Versioning::never_enabled) {
    return Obstacle{State::degraded, lost, adopt, Function::destination_bucket_check, true};
  }
  if (record == nullptr || record->claim == Claim::none) {
    return Obstacle{
        State::conflict,
        "bucket " + p.replica_name() + " exists and neither a record nor a tag makes it our replica", adopt};
  }
  return std::nullopt;
}

// The only other bucket that rules of others replicate to; empty: there is none, or more than one.
std::string bucket_fed_by(const Planner& p, const s3::ReplicationConfiguration& configuration) {
  std::string fed;
  for (const s3::ReplicationRule& rule : foreign_rules(p.policy, p.seen.bucket, configuration)) {
    const auto destination = s3::destination_bucket(rule.destination);
    if (!destination || (!fed.empty() && fed != destination->text())) return "";
    fed = destination->text();
  }
  return fed;
}

std::optional<Obstacle> obstacle_of_rules(const Planner& p) {
  const s3::ReplicationConfiguration* configuration = p.seen.replication.get();
  if (configuration == nullptr) return std::nullopt;
  const std::string may_replace = p.record() == nullptr ? "" : p.record()->rule.replaces;
  const auto conflict =
      rule_conflict(p.policy, p.seen.bucket, p.seen.replica_bucket, may_replace, *configuration);
  if (!conflict) return std::nullopt;
  std::string advice = "Remove or change that rule.";
  if (const std::string fed = bucket_fed_by(p, *configuration); !fed.empty())
    advice += " If the bucket that it feeds is to be the replica: s3dr protect " + p.source_name() +
              " --adopt " + fed;
  return Obstacle{State::conflict, *conflict, std::move(advice), Function::enable_replication};
}

void warn_about_tags(Planner& p, const s3::TagSet& tags, bool tagged) {
  for (const s3::Tag& tag : near_misses(p.policy, tags)) {
    const s3::Tag& wanted = p.policy.match_tags.front();
    p.plan.warnings.push_back("tag " + tag.key + "=" + tag.value + " of " + p.source_name() + " looks like " +
                              wanted.key + "=" + wanted.value +
                              " but is not: " + (tagged ? "ignored" : "the bucket is not protected by it"));
  }
}

// A live rule without a backfill is better than neither, and is shown as what it is.
void warn_about_backfill(Planner& p) {
  const Record* record = p.record();
  const bool unavailable = record != nullptr && record->rule.state == RuleState::live && record->backfill &&
                           record->backfill->status == BackfillStatus::unavailable;
  if (unavailable || (asks_batch_jobs(record) && p.seen.batch_jobs.is_unsupported())) {
    p.plan.warnings.emplace_back(no_batch_jobs);
  }
  // A gate: the rule goes live without that answer.
  if (asks_batch_jobs(record) && p.seen.batch_jobs.is_failed()) {
    p.plan.warnings.push_back("whether the store runs batch jobs is not known (" + p.seen.batch_jobs.text() +
                              "): the rule goes live without, and existing objects wait until it is known");
  }
  if (record != nullptr && record->backfill && record->backfill->not_replicable > 0) {
    p.plan.warnings.push_back(not_replicable_text(*record->backfill) + " of " + p.source_name());
  }
  if (record != nullptr && record->backfill && record->backfill->tasks_failed_elsewhere > 0) {
    p.plan.warnings.push_back(std::to_string(record->backfill->tasks_failed_elsewhere) +
                              " tasks of the backfill failed for destinations of other rules of " +
                              p.source_name() + ": whoever owns these rules should look");
  }
}

void plan_tagged(Planner& p) {
  if (const std::string reason = unsupported_reason(p); !reason.empty()) {
    p.set_state(State::unsupported, reason);
    p.add(ActionKind::ask_a_person, nobody, "protect " + p.source_name(), reason).advice =
        "Use a store that replicates, or remove the tag.";
    return;
  }
  if (is_taken(p)) {
    plan_taken(p);
    return;
  }
  if (!require_everything(p)) return set_unknown(p);
  if (p.seen.replica.head.has_value() && p.seen.replica.tags.is_unsupported()) {
    p.plan.warnings.push_back("the destination store has no bucket tags: only the record marks the replica");
  }
  warn_about_backfill(p);
  if (plan_instruction(p)) return;
  const Record base = p.record() != nullptr ? *p.record() : new_record(p);
  if (is_recreated(p)) {
    plan_condition(p, State::source_recreated, "another bucket has taken the name " + p.source_name(),
                   "To protect the new one: s3dr protect " + p.source_name() + " --new-replica",
                   Function::source_bucket_check, base);
    return;
  }
  if (plan_identity(p)) return;
  auto obstacle = obstacle_of_replica(p);
  if (!obstacle) obstacle = obstacle_of_rules(p);
  if (obstacle) {
    Record next = base;
    if (obstacle->lost) next.claim = Claim::lost;
    plan_condition(p, obstacle->state, obstacle->reason, obstacle->advice, obstacle->recorder, next);
    return;
  }
  plan_steps(p);
}

// A replica that were protected too would make a chain of replicas, or a circle.
void refuse_chain(Planner& p, const s3::TagSet& tags) {
  const std::string origin = *s3::find_tag(tags, replica_mark_key);
  const Place to = destination_of(p.policy);
  const bool leads_back = origin.starts_with(to.account.text() + "/" + to.region.text() + "/");
  const std::string reason = p.source_name() + " is tagged for protection, but it is the replica of " +
                             origin +
                             (leads_back ? ": protecting it would lead its data back to where it comes from"
                                         : ": protecting it would make a replica of a replica");
  p.plan.warnings.push_back(reason);
  p.add(ActionKind::ask_a_person, nobody, "protect " + p.source_name(), reason).advice =
      "Remove the tag from " + p.source_name() +
      ". For a third copy, give the bucket it comes from a second protection.";
}

void plan_pair(Planner& p) {
  if (p.record() != nullptr && p.record()->collapse) {
    const Collapse& collapse = *p.record()->collapse;
    p.plan.warnings.push_back("the comparison of " + to_iso8601_seconds(collapse.at) + " saw " +
                              std::to_string(collapse.after) + " versions of " + p.source_name() +
                              ", the one before " + std::to_string(collapse.before) +
                              ". If that is wanted: s3dr verify " + p.source_name() + " --accept-losses");
  }
  if (!p.require(p.seen.source.head, "whether bucket " + p.source_name() + " exists and is ours",
                 Function::source_bucket_check))
    return set_unknown(p);
  std::string why;
  if (is_missing_or_elsewhere(p, why)) {
    plan_missing_source(p, why);
    return;
  }
  if (p.seen.source.tags.is_unsupported()) {
    p.set_state(State::unsupported, "the source store has no bucket tags: " + p.seen.source.tags.text());
    p.add(ActionKind::ask_a_person, nobody, "protect " + p.source_name(), p.plan.state_reason);
    return;
  }
  if (!p.require(p.seen.source.tags, "the tags of " + p.source_name(), Function::source_bucket_check))
    return set_unknown(p);
  const s3::TagSet none;
  const s3::TagSet& tags = p.seen.source.tags.has_value() ? p.seen.source.tags.value() : none;
  const bool tagged = is_tagged(p.policy, tags);
  warn_about_tags(p, tags, tagged);
  if (is_marked_replica(tags)) {
    p.set_state(State::unprotected, "the bucket is itself a replica");
    if (tagged) refuse_chain(p, tags);
    return;
  }
  if (tagged) {
    plan_tagged(p);
  } else {
    plan_pause(p);
  }
}

// It may be read and shown. A newer format cannot even be read.
bool is_of_newer_program(const Planner& p) {
  if (p.record() != nullptr) return !may_write(*p.record());
  return p.seen.record.is_failed() && p.seen.record.kind() == ErrorKind::unsupported;
}

// The rule and the buckets are left to that program, too: it may want something that this one does not know.
void plan_nothing(Planner& p) {
  p.set_state(p.record() != nullptr ? p.record()->state : State::unknown,
              "a newer s3dr keeps the record of " + p.source_name() + "; this one leaves it alone");
  p.add(ActionKind::ask_a_person, nobody, "protect " + p.source_name(), p.plan.state_reason).advice =
      "Use that version of s3dr, or a newer one.";
}

}  // namespace

Plan plan(const Policy& policy, const ObservedPair& observed, Instant now) {
  Planner p{policy, observed, now, {}, {}};
  if (is_own_bucket(policy, observed.bucket)) {
    p.set_state(State::unprotected, "a bucket of the program itself");
    return p.plan;
  }
  if (is_of_newer_program(p)) {
    plan_nothing(p);
    return p.plan;
  }
  const s3::TagSet* tags = observed.source.tags.get();
  if (const OtherProtection* other = tags != nullptr ? overruled_by(policy, *tags) : nullptr) {
    p.set_state(State::unprotected, "protection \"" + other->name +
                                        "\" counts for this bucket: it has the same destination and " +
                                        (other->comes_first ? "comes first" : "its tag is on the bucket"));
    return p.plan;
  }
  plan_pair(p);
  plan_edits(p);
  return p.plan;
}

const Action* Plan::next_for(Function function) const {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const Action& action) {
    return action.executor == function && action.ready();
  });
  return found == actions.end() ? nullptr : &*found;
}

bool Plan::concerns(Function function) const {
  return std::any_of(actions.begin(), actions.end(),
                     [&](const Action& action) { return action.executor == function; });
}

const Action* Plan::blocked_for(Function function) const {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const Action& action) {
    if (action.ready()) return false;
    if (action.executor == function) return true;
    return action.kind == ActionKind::find_out && comes_before(*action.executor, function);
  });
  return found == actions.end() ? nullptr : &*found;
}

const Action* Plan::for_a_person() const {
  const auto found = std::find_if(actions.begin(), actions.end(), [](const Action& action) {
    return action.kind == ActionKind::ask_a_person;
  });
  return found == actions.end() ? nullptr : &*found;
}

}  // namespace s3dr::dr
