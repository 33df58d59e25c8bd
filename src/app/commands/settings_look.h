// Looks at the settings of a source and of its replica, as destination_bucket_check does, and writes nothing: for
// `s3dr settings`, `plan`.
#pragma once

#include <optional>
#include <string>

#include "app/status/settings_output.h"
#include "app/world.h"
#include "base/task.h"
#include "dr/observed_pair.h"
#include "s3/names.h"

namespace s3dr::app {

// By the record. Raises not_found when there is no record of the bucket; what the record store raises. What a side refuses
// is "not known" of that kind.
Task<SettingsView> look_at_settings(World& world, s3::BucketName bucket);

// Of a pair that was observed: also one that is not protected yet, whose replica will be made. nullopt: there is no source to
// look at. Raises cancelled only.
Task<std::optional<SettingsView>> look_at_settings(World& world, const dr::ObservedPair& pair);

bool is_setting_kind(const std::string& word);
std::string kind_words();  // "object_lock, ownership_controls, …"

}  // namespace s3dr::app
