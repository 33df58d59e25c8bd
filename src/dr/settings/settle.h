// Decides for one kind of setting what becomes of it at the replica: what is written, and what the record says. Pure.
// Weaker never follows by itself: whoever holds the source would otherwise reach the replica through us. Nothing is
// written unless both sides were seen.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dr/settings/setting.h"
#include "dr/settings/settings_record.h"

namespace s3dr::dr {

// What was seen of a setting on one side.
struct SettingSeen {
  enum class Sight { known, unsupported, unknown };
  Sight sight = Sight::unknown;
  SettingDocument document;  // when known: in normal form
  std::string why;           // when it is not
};

struct SettingQuestion {
  const Setting& row;
  const SettingContext& context;
  SettingSeen source, replica;
  const SettingRecord* known = nullptr;  // nullptr: the record knows nothing of this kind
  bool is_fresh =
      false;  // we are making the replica: what it has is the store's default, and nobody's choice
  // It was written in this very look, which is not to write it again. Holds the refusal; "": the store took it.
  std::optional<std::string> tried = std::nullopt;
  Instant now{};
};

struct SettingDecision {
  s3::SettingKind kind = s3::SettingKind::policy;
  Follow follow = Follow::clone;
  bool writes = false;       // to the replica: `document`
  SettingDocument document;  // nullopt: it is removed there
  SettingRecord next;        // what the record says; if `writes`: unless the write is done and seen
};

// False: the bucket policy, which is one document with statements of ours (dr/replica_policy.h).
bool is_written_alone(s3::SettingKind kind);

Follow follow_of(const SettingsPolicy& policy, const Setting& row);
SettingDecision settle(const SettingQuestion& question);

// The record after a look. Kinds that were not decided on stay. What would wait for a failover beyond the limit is left
// out, and says so.
SettingsRecord with_decisions(SettingsRecord record, const std::vector<SettingDecision>& decisions,
                              Instant now);

}  // namespace s3dr::dr
