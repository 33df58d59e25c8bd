// Judges what was seen of the settings of a source and of its replica, as the functions would: what is held, what would be
// written, what cannot be had. Pure; nothing is written. Told by settings_output.h.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "app/status/settings_output.h"
#include "base/clock.h"
#include "dr/plan.h"
#include "dr/policy.h"
#include "dr/record.h"
#include "dr/settings/settle.h"

namespace s3dr::app {

struct SeenSetting {
  dr::SettingSeen source, replica;
};
struct SeenSettings {
  std::map<s3::SettingKind, SeenSetting> kinds;
  std::string acl_owner = {};  // as dr::ObservedSettings::acl_owner
};

// By what was seen now, and by what the record knows.
SettingsView settings_view(const dr::Policy& policy, const dr::Record& record, const SeenSettings& seen,
                           Instant now);

// By the record alone, as it was when destination_bucket_check looked last: for `status`. Kinds of a newer program are told, too.
SettingsView recorded_settings(const dr::Policy& policy, const dr::Record& record, Instant now);

}  // namespace s3dr::app
