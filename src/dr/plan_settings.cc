// The settings of the replica: whether they are to be looked at, what is written, and what the record says of them.
// Each kind is decided for itself (dr/settings/settle.h). What is cloned of the bucket policy stands in one document with
// statements of others and of ours (replica_policy.h), so it has an action of its own. Not here: tags
// (property_clone.h).
#include <algorithm>

#include "base/error.h"
#include "dr/planner.h"
#include "dr/protections.h"
#include "dr/replica_name.h"
#include "dr/replica_policy.h"
#include "dr/settings/kinds/kinds.h"

namespace s3dr::dr {
namespace {

// How soon what was refused or not seen is tried again.
constexpr milliseconds again{600'000};

// Why they are looked at now; empty: they need not be.
std::string why_due(const Policy& policy, const SettingsRecord& known, std::optional<Instant> asked,
                    Instant now) {
  if (!known.checked) return "the settings were never looked at";
  if (asked && *known.checked < *asked) return "an event says that a setting was changed";
  const auto is_let_through = [](const SettingRecord& one) {
    return one.accepted && one.held == one.accepted && one.status != SettingStatus::refused &&
           one.status != SettingStatus::unknown;
  };
  if (std::ranges::any_of(known.kinds, is_let_through)) return "a person has accepted what was held";
  // What stays so is tried again less and less often.
  milliseconds limit = policy.settings.check_every;
  for (const SettingRecord& one : known.kinds) {
    if (one.status != SettingStatus::refused && one.status != SettingStatus::unknown) continue;
    const auto age = std::chrono::duration_cast<milliseconds>(*known.checked - one.since);
    limit = std::min(limit, std::max(again, age));
  }
  return now - *known.checked < limit ? "" : "the last look at the settings is old";
}

// Whether this replica is where its settings are looked at: ours, or about to be ours.
bool is_there(const ObservedPair& seen) {
  const Record* record = seen.record.get();
  if (record == nullptr || !may_write(*record) || !seen.replica.head.has_value()) return false;
  return record->claim == Claim::established || record->claim == Claim::intended;
}

SettingSeen sight_of(const Observed<std::string>& observed) {
  if (observed.has_value()) return {SettingSeen::Sight::known, observed.value(), {}};
  if (observed.is_absent()) return {SettingSeen::Sight::known, std::nullopt, {}};
  if (observed.is_unsupported()) return {SettingSeen::Sight::unsupported, std::nullopt, observed.text()};
  return {SettingSeen::Sight::unknown, std::nullopt,
          observed.text().empty() ? std::string(to_string(observed.sight())) : observed.text()};
}

// Of the replica's policy only what comes from the source is compared.
SettingSeen sight_of_clones(const Observed<std::string>& policy) {
  SettingSeen sight = sight_of(policy);
  if (!sight.document) return sight;
  try {
    sight.document = cloned_part(sight.document);
  } catch (const Error& error) {
    return {SettingSeen::Sight::unknown, std::nullopt, error.what()};
  }
  return sight;
}

ReplicaPolicyChange with_clones(const Planner& p, const SettingDocument& cloned) {
  ReplicaPolicyWish wish = replica_policy_wish(p.policy, p.record(), replicating_role(p));
  wish.cloned = cloned;
  return replica_policy_change(p.policy.partition, p.seen.replica_bucket, wish, p.seen.replica_policy.get());
}

// Why the clones cannot be written, though they were decided on; empty: they can.
std::string why_not_written(const ReplicaPolicyChange& change) {
  if (change.document.empty()) return "nothing would be left of the bucket policy: delete it by hand";
  std::string why;
  for (const std::string& one : change.left_out) why += (why.empty() ? "" : "; ") + one;
  return why;
}

std::vector<SettingDecision> decisions_of(const Planner& p) {
  const Policy& policy = p.policy;
  const SettingContext context{policy.settings,
                               policy.partition,
                               {policy.source_account, policy.source_region, p.seen.bucket},
                               {policy.destination_account, policy.destination_region, p.seen.replica_bucket},
                               replicating_role(p),
                               p.seen.settings.acl_owner};
  std::vector<SettingDecision> decisions;
  for (const ObservedSetting& one : p.seen.settings.kinds) {
    const bool alone = is_written_alone(one.kind);
    SettingQuestion question{setting_of(one.kind), context, sight_of(one.source),
                             alone ? sight_of(one.replica) : sight_of_clones(p.seen.replica_policy)};
    question.known = find_setting(p.record()->settings, one.kind);
    question.is_fresh = is_first_copy(*p.record(), question.known);
    question.now = p.now;
    const auto tried = p.seen.settings.tried.find(one.kind);
    if (tried != p.seen.settings.tried.end()) question.tried = tried->second;
    decisions.push_back(settle(question));
    if (alone || !decisions.back().writes) continue;
    const std::string why = why_not_written(with_clones(p, decisions.back().document));
    if (why.empty()) continue;
    question.tried = why;
    decisions.back() = settle(question);
  }
  return decisions;
}

void plan_clones_of_policy(Planner& p, const SettingDocument& cloned) {
  Action& action =
      p.add(ActionKind::put_settings, Function::destination_bucket_check,
            "set the cloned statements in the bucket policy of " + p.replica_name(),
            "as " + p.source_name() + " has them; nothing of it is weaker than what was allowed");
  action.bucket = p.seen.replica_bucket;
  action.bucket_policy = with_clones(p, cloned).document;
  action.settings = {{s3::SettingKind::policy, action.bucket_policy}};
}

std::string names_of(const std::vector<SettingWrite>& writes) {
  std::string text;
  for (const SettingWrite& one : writes)
    text += (text.empty() ? "" : ", ") + std::string(setting_of(one.kind).name);
  return text;
}

// "2 in_sync, 1 held"
std::string counts_of(const SettingsRecord& record) {
  std::map<SettingStatus, int> counts;
  for (const SettingRecord& one : record.kinds) ++counts[one.status];
  std::string text;
  for (const auto& [status, count] : counts)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(to_string(status));
  return text.empty() ? "nothing to copy" : text;
}

bool says_the_same(SettingsRecord before, const SettingsRecord& after) {
  if (!before.checked) return false;
  before.checked = after.checked;
  return before == after;
}

}  // namespace

bool plan_settings(Planner& p) {
  const Record& record = *p.record();
  const bool is_new = record.claim != Claim::established;
  const ObservedSettings& seen = p.seen.settings;
  const std::string why = why_due(p.policy, record.settings, seen.asked, p.now);
  if (why.empty() || settings().empty()) return true;
  if (seen.kinds.empty()) {
    Action& action = p.add(ActionKind::put_settings, Function::destination_bucket_check,
                           "look at the settings of " + p.source_name() + " and " + p.replica_name(), why);
    action.blocked_by = "destination_bucket_check looks at them";
    action.waits_its_turn = true;
    return !is_new;
  }
  p.plan.settings = decisions_of(p);
  std::vector<SettingWrite> writes;
  std::optional<SettingDocument> cloned;
  for (const SettingDecision& one : p.plan.settings) {
    if (!one.writes) continue;
    if (is_written_alone(one.kind)) {
      writes.push_back({one.kind, one.document});
    } else {
      cloned = one.document;
    }
  }
  if (!writes.empty()) {
    Action& action =
        p.add(ActionKind::put_settings, Function::destination_bucket_check,
              "set " + names_of(writes) + " of " + p.replica_name(),
              "as " + p.source_name() + " has it; nothing of it is weaker than what was allowed");
    action.bucket = p.seen.replica_bucket;
    action.settings = writes;
  }
  if (cloned) plan_clones_of_policy(p, *cloned);
  if (!writes.empty() || cloned) return !is_new;
  p.settings = with_decisions(record.settings, p.plan.settings, p.now);
  if (is_new || (seen.only_shown && says_the_same(record.settings, *p.settings))) return true;
  Record next = record;
  next.settings = *p.settings;
  next.changed = p.now;
  p.write(Function::destination_bucket_check, std::move(next),
          "record what became of the settings of " + p.replica_name(), counts_of(*p.settings));
  return true;
}

bool is_first_copy(const Record& record, const SettingRecord* known) {
  if (!record.is_replica_new) return false;
  if (record.claim == Claim::intended) return true;
  // Made, and never seen since: as if it were being made.
  return known != nullptr && known->status == SettingStatus::unknown && !known->written && !known->held &&
         !known->first;
}

bool asks_settings(const Policy& policy, const ObservedPair& seen, Instant now) {
  if (!is_there(seen) || why_due(policy, seen.record.value().settings, seen.settings.asked, now).empty())
    return false;
  const Plan so_far = plan(policy, seen, now);
  return std::ranges::any_of(so_far.actions, [](const Action& action) {
    return action.kind == ActionKind::put_settings && action.settings.empty();
  });
}

bool asks_object_lock(const Policy& policy, const ObservedPair& seen) {
  const Record* record = seen.record.get();
  const s3::TagSet* tags = seen.source.tags.get();
  return record != nullptr && record->claim == Claim::intended && seen.replica.head.is_absent() &&
         tags != nullptr && covers(policy, *tags);
}

}  // namespace s3dr::dr
