// What holds of one protection and what does not, in the words that `status`, `plan`, the log and the metrics share. As
// in Kubernetes, a condition has a type, a status (true, false, unknown), a reason for machines and a message for people.
// `State` (dr/record.h) is the one word for the same; the two never contradict each other
// (tests/property/dr_conditions_property_test.cc).
// Pure. Here: the table of types, and what is concluded from the record, and from what was seen. Not here: what a person
// should type (app/status/health.h), and whether somebody watches (dr/messages/heartbeat.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dr/observed_pair.h"
#include "dr/plan.h"
#include "dr/policy.h"
#include "dr/record.h"

namespace s3dr::dr {

// In the order in which they are told. An earlier one is the cause when it and a later one do not hold.
enum class ConditionType {
  protected_,  // the summary
  reachable,
  permitted,
  source_present,
  tagged,
  conflict,
  source_versioned,
  replica_ready,
  rule_live,
  backfill_complete,
  verified,
  suspicious,
  rules_lost,
  settings_in_sync,
};

// A row of the table: everything that is said of a type apart from how it is concluded.
struct ConditionWords {
  ConditionType type = ConditionType::protected_;
  std::string_view name;       // "ReplicaReady"
  Truth healthy = Truth::yes;  // the status that nobody has to care about
  bool of_record = true;       // the record tells it, and since when; else only who looks can tell
  std::string_view meaning;    // what "true" means
};
std::vector<ConditionWords> condition_table();  // one row a type, in the order of the types
const ConditionWords& words_of(ConditionType type);
std::string_view to_string(ConditionType type);  // "ReplicaReady"

// The reasons that are asked for elsewhere; all others are in conditions.cc.
namespace reason {
constexpr std::string_view access_denied = "AccessDenied";
constexpr std::string_view no_answer = "NoAnswer";
constexpr std::string_view throttled = "Throttled";
constexpr std::string_view unreadable = "Unreadable";
constexpr std::string_view refused = "Refused";
constexpr std::string_view answered = "Answered";
constexpr std::string_view not_observed = "NotObserved";
constexpr std::string_view not_supported = "NotSupported";
constexpr std::string_view replica_lost = "ReplicaLost";
constexpr std::string_view given_up = "GivenUp";
constexpr std::string_view source_gone = "SourceGone";
constexpr std::string_view source_recreated = "SourceRecreated";
constexpr std::string_view differences_found = "DifferencesFound";
constexpr std::string_view overwritten = "Overwritten";
constexpr std::string_view no_batch_jobs = "NoBatchJobs";
constexpr std::string_view blocked = "Blocked";
constexpr std::string_view newer_program = "NewerProgram";
}  // namespace reason

struct Condition {
  ConditionType type = ConditionType::protected_;
  Truth status = Truth::unknown;
  std::string reason;            // CamelCase, stable
  std::string message;           // a sentence without its full stop
  std::optional<Instant> since;  // none: not known
  bool follows = false;          // it does not hold because an earlier one does not: not told twice
  bool healthy() const;
  bool operator==(const Condition&) const = default;
};

// One of each type, in the order of the types. By the record: as it was when a function looked last. `reachable` is
// never told by it: status `unknown`, reason NotObserved.
// Still to come: `verified` becomes `unknown` (Stale) when its proof is older than a limit.
std::vector<Condition> conditions_of(const Record& record);

// By what was seen, and where nothing was asked, by the record. `plan` is the plan of just this.
std::vector<Condition> conditions_of(const Policy& policy, const ObservedPair& seen, const Plan& plan);

const Condition& find_condition(const std::vector<Condition>& conditions, ConditionType type);
// Puts `condition` in the place of the one of its type. `Protected` and what follows from what are concluded again: what
// was protected when a function looked last is not, or is not known to be, when this one is unhealthy.
std::vector<Condition> with_condition(std::vector<Condition> conditions, Condition condition);

// Those that a reader has to be told: unhealthy, and no mere consequence. Without `Protected`, unless nothing else
// explains it. In order.
std::vector<Condition> causes(const std::vector<Condition>& conditions);

// What puts a pair into a state that only a person ends (needs_a_person, dr/record.h). nullopt: none does.
std::optional<Condition> for_a_person(const std::vector<Condition>& conditions);

// The condition that a failure makes untrue, and the reason: a missing right is Permitted, AccessDenied. A failure that
// passes by itself, and none at all: Protected, Blocked.
struct ConditionWord {
  ConditionType type = ConditionType::protected_;
  std::string reason;
  bool operator==(const ConditionWord&) const = default;
};
ConditionWord condition_of(std::optional<ErrorKind> kind);

// `record` with or without the obstruction of this function. `reason` empty: nothing obstructs it any more. The same one
// again, in the same words, changes nothing. Another text keeps its `since` while the reason is the same.
Record with_obstruction(Record record, std::string_view function, std::string_view reason, std::string why,
                        Instant now);

// `next` with a mark for each condition whose status this write changes: it has it since `now`. The other marks stay
// as they are. `before`: the record that `next` replaces; nullptr: none.
Record with_condition_marks(const Record* before, Record next, Instant now);

}  // namespace s3dr::dr
