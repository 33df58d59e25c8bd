// The map `settings` of s3dr.yaml: what replicas get of their source's configuration (dr/settings/settings_policy.h).
#pragma once

#include "app/yaml_reader.h"
#include "dr/settings/settings_policy.h"

namespace s3dr::app {

// The map replaces the one above it as a whole. Raises invalid with file and line.
dr::SettingsPolicy read_settings_policy(YamlReader& settings);

}  // namespace s3dr::app
