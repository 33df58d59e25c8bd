#include "dr/conditions/condition_rows.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.h"
#include "dr/replica_name.h"
#include "dr/replica_policy.h"
#include "dr/replication_edits.h"
#include "dr/replication_rule.h"

namespace s3dr::dr {

std::string_view reason_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::denied:
      return reason::access_denied;
    case ErrorKind::throttled:
      return reason::throttled;
    case ErrorKind::corrupt:
      return reason::unreadable;
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::precondition_failed:
      return reason::refused;
    case ErrorKind::unsupported:
      return reason::not_supported;
    case ErrorKind::unavailable:
    case ErrorKind::outcome_unknown:
    case ErrorKind::cancelled:
      break;
  }
  return reason::no_answer;
}

namespace {

Conclusion holds(std::string_view why, std::string message) {
  return {Truth::yes, why, std::move(message)};
}
Conclusion holds_not(std::string_view why, std::string message) {
  return {Truth::no, why, std::move(message)};
}
Conclusion not_known(std::string message) {
  return {Truth::unknown, reason::not_observed, std::move(message)};
}

// The stores lack something, and it is wanted. Of a bucket that nobody wants protected it does not matter.
bool lacks(const ConditionView& view, const auto& observed) {
  return observed.is_unsupported() && view.state == State::unsupported;
}

std::string counted(std::uint64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

struct Failure {
  ErrorKind kind = ErrorKind::unavailable;
  std::string message;
};

// Everything that was asked and not answered, in the order in which it is asked.
std::vector<Failure> failures_of(const ConditionView& view) {
  std::vector<Failure> failures;
  const auto look = [&](const auto& observed, const std::string& what) {
    if (observed.is_failed()) failures.push_back({observed.kind(), what + ": " + observed.text()});
  };
  const ObservedPair& seen = *view.seen;
  look(seen.record, "the record of " + view.source);
  look(seen.source.head, "bucket " + view.source);
  look(seen.source.tags, "the tags of " + view.source);
  look(seen.source.versioning, "the versioning of " + view.source);
  look(seen.replication, "the replication configuration of " + view.source);
  // Of a name that we have no bucket at, that is the conflict itself (dr/plan.cc).
  const bool is_taken = view.state == State::conflict && seen.replica.head.is_failed() &&
                        seen.replica.head.kind() == ErrorKind::denied;
  if (!is_taken) look(seen.replica.head, "bucket " + view.replica);
  look(seen.replica.tags, "the tags of " + view.replica);
  look(seen.replica.versioning, "the versioning of " + view.replica);
  look(seen.replica_policy, "the bucket policy of " + view.replica);
  look(seen.batch_jobs, "whether the source's store runs batch jobs");
  look(seen.job, "the backfill job");
  look(seen.active_jobs, "how many replication jobs are active");
  look(seen.failed_tasks, "whose the failed tasks of the backfill are");
  look(seen.content, "what " + view.source + " holds");
  look(seen.seen_versions, "whether " + view.source + " is still the same bucket");
  look(seen.source_created, "when " + view.source + " was made");
  return failures;
}

// What a function has noted because looking again does not end it. Front: the one that stands longest of its kind.
const Obstruction* obstruction_of(const ConditionView& view, bool unreadable) {
  if (view.record == nullptr) return nullptr;
  for (const Obstruction& one : view.record->obstructions) {
    if ((one.reason == reason::unreadable) == unreadable) return &one;
  }
  return nullptr;
}

Conclusion obstructed(const Obstruction& one) {
  return holds_not(one.reason, one.function + " cannot go on: " + one.why);
}

Conclusion reachable(const ConditionView& view) {
  if (view.seen == nullptr) {
    if (const Obstruction* one = obstruction_of(view, true)) return obstructed(*one);
    return not_known("the record does not tell whether both sides answer");
  }
  for (const Failure& failure : failures_of(view)) {
    if (failure.kind != ErrorKind::denied) return holds_not(reason_of(failure.kind), failure.message);
  }
  const bool is_denied = !failures_of(view).empty();
  if (view.state == State::unknown && !is_denied) return not_known(view.plan->state_reason);
  return holds(reason::answered, "everything that was asked was answered");
}

Conclusion permitted(const ConditionView& view) {
  if (view.record != nullptr && !may_write(*view.record)) {
    return {Truth::unknown, reason::newer_program,
            "a newer s3dr (writer " + std::to_string(view.record->min_writer) +
                ") keeps its record; this one leaves it alone"};
  }
  if (view.seen != nullptr) {
    for (const Failure& failure : failures_of(view)) {
      if (failure.kind == ErrorKind::denied) return holds_not(reason::access_denied, failure.message);
    }
  }
  if (const Obstruction* one = obstruction_of(view, false)) return obstructed(*one);
  return holds("Allowed", "no right is known to be missing");
}

// Why the pair is in its state.
std::string reason_in(const ConditionView& view) {
  return view.plan != nullptr ? view.plan->state_reason : view.record->reason;
}

Conclusion source_present(const ConditionView& view) {
  if (view.state == State::source_gone) return holds_not(reason::source_gone, reason_in(view));
  if (view.state == State::source_recreated) return holds_not(reason::source_recreated, reason_in(view));
  if (view.seen != nullptr && !view.seen->source.head.has_value()) {
    if (view.seen->source.head.is_absent())
      return holds_not(reason::source_gone, "there is no bucket " + view.source);
    return not_known("whether bucket " + view.source + " is there is not known");
  }
  return holds("Present", "bucket " + view.source + " is there");
}

Conclusion tagged(const ConditionView& view) {
  if (view.seen == nullptr) {
    if (view.state == State::paused)
      return holds_not("Untagged",
                       "bucket " + view.source + " is not tagged: its rule is disabled, its replica is kept");
    if (view.state == State::source_gone || view.state == State::source_recreated)
      return not_known("a source that is gone has no tags");
    return holds("Tagged", "bucket " + view.source + " is tagged for protection");
  }
  const Observed<s3::TagSet>& tags = view.seen->source.tags;
  if (lacks(view, tags)) return holds_not(reason::not_supported, "the source store has no bucket tags");
  if (!tags.is_known()) return not_known("the tags of " + view.source + " are not known");
  if (tags.is_absent() || !is_tagged(*view.policy, tags.value()))
    return holds_not("Untagged", "bucket " + view.source + " is not tagged");
  if (is_marked_replica(tags.value()))
    return holds_not("Untagged",
                     "bucket " + view.source + " is itself a replica: its tag counts for nothing");
  return holds("Tagged", "bucket " + view.source + " is tagged for protection");
}

Conclusion conflict(const ConditionView& view) {
  if (view.state == State::conflict) return holds("NotOurs", reason_in(view));
  switch (view.state) {
    case State::unknown:
    case State::unprotected:
    case State::unsupported:
      return not_known("what stands at the place of ours was not judged");
    default:
      return holds_not("NothingInTheWay", "nothing of others is at the place of ours");
  }
}

Conclusion source_versioned(const ConditionView& view) {
  const std::string enabled = "versioning of " + view.source + " is enabled";
  if (view.seen != nullptr) {
    const Observed<s3::Versioning>& versioning = view.seen->source.versioning;
    if (lacks(view, versioning))
      return holds_not(reason::not_supported, "the source store has no versioning");
    if (versioning.has_value() && versioning.value() == s3::Versioning::enabled)
      return holds("Versioned", enabled);
    if (versioning.has_value())
      return holds_not("NotVersioned", "versioning of " + view.source + " is not enabled");
    if (versioning.is_failed()) return not_known("the versioning of " + view.source + " is not known");
  }
  // A store takes no rule for a bucket that is not versioned.
  if (view.record != nullptr && view.record->rule.generation > 0) return holds("Versioned", enabled);
  return not_known("the record does not tell the versioning of " + view.source + " before the first rule");
}

bool is_given_up(const Record& record) {
  return record.backfill && record.backfill->generation == record.rule.generation &&
         record.backfill->status == BackfillStatus::exhausted;
}

bool plans(const ConditionView& view, ActionKind kind) {
  return view.plan != nullptr &&
         std::ranges::any_of(view.plan->actions, [&](const Action& action) { return action.kind == kind; });
}

Conclusion replica_ready(const ConditionView& view) {
  const std::string bucket = "replica bucket " + view.replica;
  const Claim claim = view.record == nullptr ? Claim::none : view.record->claim;
  const bool was_there = claim == Claim::established || claim == Claim::lost;
  if (view.state == State::degraded && view.record != nullptr && !is_given_up(*view.record))
    return holds_not(reason::replica_lost, reason_in(view));
  if (view.seen != nullptr) {
    const ObservedBucket& seen = view.seen->replica;
    if (lacks(view, seen.versioning))
      return holds_not(reason::not_supported, "the destination store has no versioning");
    if (lacks(view, view.seen->replica_policy))
      return holds_not(reason::not_supported, "the destination store has no bucket policies");
    if (seen.head.is_failed()) return not_known("whether " + bucket + " is there is not known");
    if (seen.head.is_absent() && was_there)
      return holds_not(reason::replica_lost, bucket + " was deleted or replaced by hand");
    if (claim == Claim::established && seen.versioning.has_value() &&
        seen.versioning.value() != s3::Versioning::enabled)
      return holds_not("NotVersioned", "versioning of " + view.replica + " is not enabled");
    if (claim == Claim::established && plans(view, ActionKind::open_replica_bucket))
      return holds_not("PolicyDiffers",
                       "the bucket policy of " + view.replica + " does not let the replication role in");
    if (claim == Claim::established && plans(view, ActionKind::fence_replica_bucket))
      return holds_not("NotFenced", "others than replication may write to " + view.replica);
  }
  switch (claim) {
    case Claim::lost:
      return holds_not(reason::replica_lost, bucket + " was deleted or replaced by hand");
    case Claim::established:
      return holds("Ready", bucket + " is there, versioned and marked");
    case Claim::none:
    case Claim::intended:
      break;
  }
  return holds_not("NotMadeYet", bucket + " is not made yet");
}

// The plan of enable_replication begins a new life of the rule: the one before does not do what it should.
bool is_renewed(const ConditionView& view) {
  if (view.plan == nullptr || view.record == nullptr) return false;
  return std::ranges::any_of(view.plan->actions, [&](const Action& action) {
    return action.record && action.record->rule.state == RuleState::enabling &&
           action.record->rule.generation > view.record->rule.generation;
  });
}

Conclusion rule_live(const ConditionView& view) {
  const std::string rule = "our rule of " + view.source;
  if (view.seen != nullptr && lacks(view, view.seen->replication))
    return holds_not(reason::not_supported, "the source store has no replication API");
  if (view.seen != nullptr && view.seen->replication.is_failed())
    return not_known("the replication configuration of " + view.source + " is not known");
  const RuleState state = view.record == nullptr ? RuleState::none : view.record->rule.state;
  if (state == RuleState::disabled)
    return holds_not("Disabled", rule + " is disabled by us, as nobody asks for it");
  if (state != RuleState::live) return holds_not("NotSetYet", rule + " is not set yet");
  if (view.seen != nullptr && view.seen->replication.is_known()) {
    const s3::ReplicationConfiguration* configuration = view.seen->replication.get();
    const auto* present =
        configuration == nullptr ? nullptr : find_rule(*configuration, view.record->rule.id);
    if (present == nullptr) return holds_not("RuleGone", rule + " is gone: objects may be missing");
    if (present->status != s3::Switch::enabled)
      return holds_not("RuleDisabled", rule + " was disabled: objects may be missing");
  }
  if (is_renewed(view))
    return holds_not("RuleChanged", rule + " does not take what it should: objects may be missing");
  return holds("Live", rule + " replicates to " + view.replica);
}

bool is_proof(const Record& record) {
  return record.verified && record.verified->generation == record.rule.generation &&
         record.verified->level >= VerifyLevel::head && record.verified->differences == 0;
}

Conclusion of_backfill(const ConditionView& view, const Backfill& backfill) {
  switch (backfill.status) {
    case BackfillStatus::planned: {
      std::string message = "attempt " + std::to_string(backfill.attempt) + " waits for a replication job";
      if (backfill.not_before) message += ", not before " + to_iso8601_seconds(*backfill.not_before);
      if (!backfill.last_failure.empty()) message += "; the one before failed: " + backfill.last_failure;
      return holds_not("WaitsForJob", message);
    }
    case BackfillStatus::running:
      if (view.seen != nullptr && view.seen->job.is_failed())
        return not_known("how far job " + backfill.job_id + " is, is not known");
      return holds_not(
          "Running", "job " + backfill.job_id + " copies what was there before the rule" +
                         (backfill.tasks_total == 0 ? ""
                                                    : ": " + std::to_string(backfill.tasks_succeeded) +
                                                          " of " + counted(backfill.tasks_total, "version")));
    case BackfillStatus::complete:
      return holds("Complete", "what was there before the rule was sent to " + view.replica);
    case BackfillStatus::exhausted:
      return holds_not(reason::given_up,
                       "given up after " + counted(static_cast<std::uint64_t>(backfill.attempt), "attempt") +
                           (backfill.last_failure.empty() ? "" : ": " + backfill.last_failure));
    case BackfillStatus::unavailable:
      break;
  }
  if (is_proof(*view.record))
    return holds(reason::no_batch_jobs, "the store has no batch jobs; a comparison found nothing missing");
  return holds_not(reason::no_batch_jobs,
                   "the store has no batch jobs: what was there before the rule is not copied");
}

Conclusion backfill_complete(const ConditionView& view) {
  const Record* record = view.record;
  if (record == nullptr || !record->backfill || record->backfill->generation != record->rule.generation)
    return holds_not("NotStarted", "the backfill begins when our rule is live");
  return of_backfill(view, *record->backfill);
}

Conclusion verified(const ConditionView& view) {
  if (view.record == nullptr) return holds_not("NotVerifiedYet", "nothing was compared yet");
  const Record& record = *view.record;
  if (record.claim == Claim::lost) return holds_not("NoReplica", "there is no replica to compare with");
  if (const Verification* found = standing_difference(record)) {
    return holds_not(reason::differences_found, "the comparison of " + to_iso8601_seconds(found->at) +
                                                    " found " + counted(found->differences, "difference"));
  }
  if (is_proof(record)) {
    return holds("Verified", "every version up to " + to_iso8601_seconds(record.verified->as_of) +
                                 " is on the replica: " + counted(record.verified->versions, "version") +
                                 " compared at level " + std::string(to_string(record.verified->level)));
  }
  if (!record.verified) return holds_not("NotVerifiedYet", "nothing was compared yet");
  if (record.verified->generation != record.rule.generation)
    return holds_not("RuleRenewed", "nothing was compared since our rule was renewed");
  return holds_not("OnlyListed", "only the listings were compared: that is no proof");
}

Conclusion suspicious(const ConditionView& view) {
  if (view.record == nullptr || !view.record->collapse)
    return holds_not("NothingSuspicious", "no comparison saw the source lose its versions");
  const Collapse& collapse = *view.record->collapse;
  return holds("SourceCollapsed", "the source went from " + std::to_string(collapse.before) + " to " +
                                      std::to_string(collapse.after) +
                                      " versions between two comparisons; the later one was that of " +
                                      to_iso8601_seconds(collapse.at));
}

Conclusion rules_lost(const ConditionView& view) {
  if (view.record == nullptr || !view.record->edits.lost)
    return holds_not("NoneLost", "our own writes are not known to have overwritten a rule of others");
  return holds(reason::overwritten, lost_text(*view.record->edits.lost));
}

// "cors, lifecycle"
std::string kinds_with(const SettingsRecord& settings, SettingStatus status) {
  std::string text;
  for (const SettingRecord& one : settings.kinds) {
    if (one.status == status) text += (text.empty() ? "" : ", ") + one.word;
  }
  return text;
}

// What nobody sees to by itself comes first: its word is the reason.
struct SettingWords {
  SettingStatus status;
  std::string_view reason, said;
};
constexpr std::array setting_words{
    SettingWords{SettingStatus::held, "Held", "weaker at the source, waits for s3dr settings accept"},
    SettingWords{SettingStatus::refused, reason::refused, "refused by the replica's store"},
    SettingWords{SettingStatus::by_hand, "ChangedByHand", "changed at the replica, and kept"},
    SettingWords{SettingStatus::left_out, "LeftOut", "cannot be had over there"},
    SettingWords{SettingStatus::warned, "Differs", "different, and left so as asked for"},
};

Conclusion settings_in_sync(const ConditionView& view) {
  if (view.record == nullptr || view.record->claim != Claim::established)
    return not_known("the settings of " + view.replica + " are looked at before it is ready");
  // A fact of its own: nothing else explains it.
  if (!view.record->settings.checked)
    return {Truth::unknown, "NotLookedAt", "the settings of " + view.replica + " were not looked at yet"};
  const SettingsRecord& settings = view.record->settings;
  std::string_view why;
  std::string message;
  for (const SettingWords& words : setting_words) {
    const std::string kinds = kinds_with(settings, words.status);
    if (kinds.empty()) continue;
    if (why.empty()) why = words.reason;
    message += (message.empty() ? "" : "; ") + std::string(words.said) + ": " + kinds;
  }
  const std::string unknown = kinds_with(settings, SettingStatus::unknown);
  if (!unknown.empty()) message += (message.empty() ? "not seen: " : "; not seen: ") + unknown;
  if (!why.empty()) return holds_not(why, message);
  if (!unknown.empty()) return {Truth::unknown, "NotSeen", message};
  return holds("InSync", "the settings of " + view.replica + " are as they should be");
}

constexpr std::array rows{
    ConditionRow{{ConditionType::protected_, "Protected", Truth::yes, true,
                  "all of it: verified, and nothing has changed since"},
                 nullptr},
    ConditionRow{
        {ConditionType::reachable, "Reachable", Truth::yes, false, "both sides answer what has to be known"},
        reachable},
    ConditionRow{{ConditionType::permitted, "Permitted", Truth::yes, true, "no right is missing"}, permitted},
    ConditionRow{{ConditionType::source_present, "SourcePresent", Truth::yes, true,
                  "the source is there, and the same bucket as before"},
                 source_present},
    ConditionRow{{ConditionType::tagged, "Tagged", Truth::yes, true, "the source carries a match tag"},
                 tagged},
    ConditionRow{{ConditionType::conflict, "Conflict", Truth::no, true,
                  "a bucket or rule of others is at the place of ours"},
                 conflict},
    ConditionRow{{ConditionType::source_versioned, "SourceVersioned", Truth::yes, true,
                  "versioning of the source is enabled"},
                 source_versioned},
    ConditionRow{{ConditionType::replica_ready, "ReplicaReady", Truth::yes, true,
                  "the replica bucket is there, ours, versioned and open"},
                 replica_ready},
    ConditionRow{{ConditionType::rule_live, "RuleLive", Truth::yes, true,
                  "our rule is enabled and replicates everything it should"},
                 rule_live},
    ConditionRow{{ConditionType::backfill_complete, "BackfillComplete", Truth::yes, true,
                  "what was there before the rule was sent"},
                 backfill_complete},
    ConditionRow{{ConditionType::verified, "Verified", Truth::yes, true,
                  "a comparison found both sides equal, since the rule began"},
                 verified},
    ConditionRow{
        {ConditionType::suspicious, "Suspicious", Truth::no, true, "the source lost far more than is usual"},
        suspicious},
    ConditionRow{{ConditionType::rules_lost, "RulesLost", Truth::no, true,
                  "rules of others were overwritten by our own write"},
                 rules_lost},
    ConditionRow{{ConditionType::settings_in_sync, "SettingsInSync", Truth::yes, true,
                  "the replica has the settings that it should have of its source's"},
                 settings_in_sync},
};

}  // namespace

std::span<const ConditionRow> condition_rows() {
  return rows;
}

}  // namespace s3dr::dr
