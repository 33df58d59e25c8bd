// What has to be known before something is written, and how strongly. One table: which observation stops which actions
// while it is not known. A missing answer is never a "no" (observed.h).
// Read by dr/planner.h, which names the premise of each blocked action, and by `s3dr plan`. Tested for every observation
// of every world: tests/property/dr_plan_cases.cc.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dr/observed_pair.h"

namespace s3dr::dr {

enum class ActionKind;

enum class Strength {
  required,     // not known: nothing is written to the buckets or the rule
  gate,         // not known: the step that needs it waits and says so, everything else goes on
  best_effort,  // not known, or refused: it is said, and nothing waits for it
};
std::string_view to_string(Strength strength);  // "required", "gate", "best effort"

// The fields of ObservedPair.
enum class Premise {
  source_bucket,
  source_tags,
  record,
  source_versioning,
  source_rules,
  replica_bucket,
  replica_versioning,
  replica_tags,
  replica_policy,
  object_lock,
  settings,
  same_source,
  source_created,
  batch_jobs,
  active_jobs,
  job,
  content,
  failed_tasks,
};
const std::vector<Premise>& premises();

std::string_view to_string(Premise premise);  // "replica versioning"
Strength strength_of(Premise premise);

// True: while it is not known, no action of that kind is ready. A write of the record is stopped only by what every one
// of them needs; what else one needs depends on what it says.
bool stops(Premise premise, ActionKind kind);

// How strongly a refusal of the action itself counts: of best effort is what only copies a setting.
Strength strength_of(ActionKind kind);

// Which premise this observation is. Needs: `observed` is the address of a field of `pair`.
Premise premise_of(const ObservedPair& pair, const void* observed);

}  // namespace s3dr::dr
