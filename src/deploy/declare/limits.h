// What AWS takes of one role and one function, and whether a declaration stays within it. The more protections a
// deployment has, the longer its policies and variables are. Pure. The settings alone are judged by why_invalid.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "deploy/resources/settings.h"

namespace s3dr::deploy {

// All inline policies of a role together, without white space (IAM and STS quotas).
constexpr std::size_t inline_policies_size_max = 10'240;
// Names and values of all variables of a function (Lambda quotas: 4 KB).
constexpr std::size_t environment_size_max = 4'096;

// nullopt: everything fits. Otherwise which resource would be too large, and how many of the protections fit. Needs
// valid settings.
std::optional<std::string> why_too_large(const Settings& settings);

}  // namespace s3dr::deploy
