// Whether what the operator asks for of the settings of replicas can be meant. Pure, and of the words alone: whether a key
// or a role exists only the store can tell.
#pragma once

#include <optional>
#include <string>

#include "dr/settings/settings_policy.h"

namespace s3dr::dr {

struct InvalidSettings {
  std::string field;  // as in the configuration: "repair_role"
  std::string reason;
};

// "from" or "to". A mapping from a name to a name: log buckets are named without an ARN.
std::optional<InvalidSettings> why_invalid(const ResourceMapping& mapping);

// The first thing that is wrong; nullopt: nothing is.
std::optional<InvalidSettings> first_invalid(const SettingsPolicy& settings);
// The same as "field: reason".
std::optional<std::string> why_invalid(const SettingsPolicy& settings);

}  // namespace s3dr::dr
