// What no write of a setting may do, judged by the world and not by what the decision says.
#pragma once

#include <string>

#include "dr/plan.h"
#include "dr/replica_policy.h"
#include "dr/settings/kinds/kinds.h"
#include "support/model_world.h"

namespace s3dr::test {

// "": nothing. Weaker is written only if a person has let just this through, or while the replica is being made.
inline std::string wrongly_written(const ModelWorld& world, const dr::ObservedPair& seen,
                                   const dr::Action& action) {
  const auto record = world.record(seen.bucket);
  for (const dr::SettingWrite& write : action.settings) {
    const dr::Setting& row = dr::setting_of(write.kind);
    const auto text = ModelWorld::setting(world.buckets.at(action.bucket), write.kind);
    dr::SettingDocument present = text ? row.normal_form(*text) : std::nullopt;
    dr::SettingDocument wanted = write.document;
    if (!dr::is_written_alone(write.kind)) {
      present = dr::cloned_part(present);
      wanted = dr::cloned_part(wanted);
    }
    const std::string name(row.name);
    if (present == wanted) return name + ": written though it is there";
    if (row.compare(present, wanted) != dr::Strictness::weaker) continue;
    const dr::SettingRecord* known = record ? dr::find_setting(record->settings, write.kind) : nullptr;
    const bool accepted = known != nullptr && known->accepted == dr::setting_print(wanted);
    const bool first = known == nullptr || !known->written;
    // Also what could not be read while it was being made, and was never seen since.
    const bool never_seen = known != nullptr && known->status == dr::SettingStatus::unknown && !known->held;
    const bool being_made =
        record && record->is_replica_new && (record->claim == dr::Claim::intended || never_seen);
    const bool may_begin =
        first && being_made && dr::follow_of(world.policy.settings, row) == dr::Follow::clone;
    const bool put_right = known != nullptr && known->written == dr::setting_print(wanted) &&
                           row.compare(wanted, present) != dr::Strictness::stricter;
    if (!accepted && !may_begin && !put_right) return name + ": weaker, and applied";
  }
  return "";
}

}  // namespace s3dr::test
