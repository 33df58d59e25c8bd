// Looks at the settings of a source and of its replica, as destination_bucket_check does, and writes nothing: for
// `s3dr settings`, `plan`.
#pragma once

#include <string>

#include "app/status/settings_output.h"
#include "app/world.h"
#include "base/task.h"
#include "s3/names.h"

namespace s3dr::app {

// Raises not_found when there is no record of the bucket, or no replica yet; what the record store raises. What a side
// refuses is "not known" of that kind.
Task<SettingsView> look_at_settings(World& world, s3::BucketName bucket);

bool is_setting_kind(const std::string& word);
std::string kind_words();  // "object_lock, ownership_controls, …"

}  // namespace s3dr::app
