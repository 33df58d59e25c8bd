// The plan under construction, with what it is built from. Internal to dr/: used by dr/plan.cc and its parts.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "dr/plan.h"

namespace s3dr::dr {

struct Planner {
  const Policy& policy;
  const ObservedPair& seen;
  const Instant now;
  Plan plan;
  std::string waits = {};  // what the backfill waits for, when the record does not say it yet
  // What the record is to say of the settings; nullopt: they were not looked at, or are not written yet.
  std::optional<SettingsRecord> settings = {};

  const Record* record() const { return seen.record.get(); }
  std::string source_name() const { return seen.bucket.text(); }
  std::string replica_name() const { return seen.replica_bucket.text(); }

  // Checks that something that must be known before any action was observed: a field of `seen`. True: it is known. False: the
  // plan now says that it has to be found out, and by which function first.
  template <class T>
  bool require(const Observed<T>& observed, const std::string& name, Function who) {
    if (observed.is_known()) return true;
    Action action;
    action.kind = ActionKind::find_out;
    action.executor = who;
    action.what = "find out " + name;
    action.reason = "nothing is done on a guess";
    action.blocked_by = name + ": " + std::string(to_string(observed.sight())) +
                        (observed.text().empty() ? "" : " (" + observed.text() + ")");
    action.blocked_kind = observed.is_failed() ? observed.kind() : ErrorKind::unavailable;
    action.premise = premise_of(seen, &observed);
    plan.actions.push_back(std::move(action));
    return false;
  }

  Action& add(ActionKind kind, std::optional<Function> executor, std::string what, std::string reason) {
    Action action;
    action.kind = kind;
    action.executor = executor;
    action.what = std::move(what);
    action.reason = std::move(reason);
    return plan.actions.emplace_back(std::move(action));
  }
  // An action that a later plan carries out. Shown so that a reader sees what follows.
  void add_later(ActionKind kind, Function executor, std::string what, std::string after) {
    Action& action = add(kind, executor, std::move(what), "follows from the protection of " + source_name());
    action.blocked_by = "waits for: " + after;
    action.waits_its_turn = true;
  }
  void write(Function executor, Record next, std::string what, std::string reason) {
    add(ActionKind::write_record, executor, std::move(what), std::move(reason)).record = std::move(next);
  }
  // Nothing to do but what goes on beside everything else.
  bool is_idle() const {
    return std::ranges::all_of(plan.actions, [](const Action& action) {
      return action.kind == ActionKind::ask_a_person || action.kind == ActionKind::put_settings;
    });
  }
  void set_state(State state, std::string reason) {
    plan.state = state;
    plan.state_reason = std::move(reason);
  }
};

constexpr std::string_view no_batch_jobs = "existing objects are not backfilled: the store has no batch jobs";
// "3 archived versions are not replicable: S3 does not replicate archive classes"; "at least 3 …"
std::string not_replicable_text(const Backfill& backfill);

Record new_record(const Planner& planner);  // first_record for what was seen
// What was seen of the replication configuration; an empty one when there is none.
const s3::ReplicationConfiguration& configuration_of(const Planner& planner);
// The record with the next generation of the rule. `why_all`: out, why its backfill has to send every version; empty: it
// goes by replication status (dr/rule_drift.h).
Record with_next_generation(const Planner& planner, std::string& why_all);
// The first attempt of the present generation, not before the store's waits are over.
Backfill first_backfill(const Planner& planner, const Record& record);

// A condition that only a person can end. `recorder` writes it into the record once. After that it is shown
// as ask_a_person.
void plan_condition(Planner& planner, State state, const std::string& reason, const std::string& advice,
                    Function recorder, Record base);

// What a store's 403 means for a bucket that is not ours yet.
std::string hidden_or_of_others(const Planner& planner);

// The state of a plan that lacks an observation it must have, whatever the record says: that tells how it was. The first
// action says what is missing.
void set_unknown(Planner& planner);

// The steps of a tagged pair when nothing prevents them (dr/plan_steps.cc).
void plan_steps(Planner& planner);
// The role that our rule will be carried out with.
std::string replicating_role(const Planner& planner);
// The settings of the replica (dr/plan_settings.cc). False: the replica is new, and they come before it is ready.
bool plan_settings(Planner& planner);
// The last step: the backfill of a live rule (dr/plan_backfill.cc).
void plan_backfill(Planner& planner);
// Is the source still the bucket that it was (dr/plan_beginning.cc)? True: the plan is complete, it has to be found out,
// recorded, or is known to be another one.
bool plan_identity(Planner& planner);
// Notes what became of the edits of others, once nothing else is to be done (dr/replication_edits.cc).
void plan_edits(Planner& planner);
// Follows what `protect --adopt` or `--new-replica` asked for (dr/plan_beginning.cc). True: the plan is
// complete.
bool plan_instruction(Planner& planner);

}  // namespace s3dr::dr
