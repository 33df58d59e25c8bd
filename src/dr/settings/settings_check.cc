#include "dr/settings/settings_check.h"

#include <algorithm>

#include "aws/arn.h"

namespace s3dr::dr {
namespace {

constexpr std::size_t resource_bytes_max = 2048;  // what IAM takes for an ARN

auto stars(const std::string& text) {
  return std::ranges::count(text, '*');
}

std::optional<std::string> why_not_resource(const std::string& text) {
  if (text.empty()) return "is empty";
  if (text.size() > resource_bytes_max) return "is longer than an ARN may be";
  const bool plain = std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7F; });
  if (!plain) return "holds blanks or characters that are in no ARN";
  if (stars(text) > 1) return "may hold one *: " + text;
  return std::nullopt;
}

std::optional<std::string> why_not_role(const std::string& role) {
  if (aws::is_role_arn(role)) return std::nullopt;
  return "not the ARN of an IAM role: " + role;
}

}  // namespace

std::optional<InvalidSettings> why_invalid(const ResourceMapping& mapping) {
  if (const auto why = why_not_resource(mapping.from)) return InvalidSettings{"from", *why};
  if (const auto why = why_not_resource(mapping.to)) return InvalidSettings{"to", *why};
  if (stars(mapping.to) > stars(mapping.from))
    return InvalidSettings{"to", "has a *, and `from` has none: nothing could replace it"};
  if (mapping.from == mapping.to) return InvalidSettings{"to", "is the same as `from`"};
  return std::nullopt;
}

std::optional<InvalidSettings> first_invalid(const SettingsPolicy& settings) {
  for (const ResourceMapping& mapping : settings.mappings) {
    if (const auto why = why_invalid(mapping))
      return InvalidSettings{"mappings", why->field + ": " + why->reason};
  }
  for (const std::string& role : settings.break_glass_role_arns) {
    if (const auto why = why_not_role(role)) return InvalidSettings{"break_glass_roles", *why};
  }
  if (!settings.repair_role_arn.empty()) {
    if (const auto why = why_not_role(settings.repair_role_arn)) return InvalidSettings{"repair_role", *why};
  }
  if (!settings.executor_role_arn.empty()) {
    if (const auto why = why_not_role(settings.executor_role_arn))
      return InvalidSettings{"executor_role", *why};
  }
  if (settings.check_every.count() <= 0) return InvalidSettings{"check_every", "must be more than 0"};
  return std::nullopt;
}

std::optional<std::string> why_invalid(const SettingsPolicy& settings) {
  const auto why = first_invalid(settings);
  if (!why) return std::nullopt;
  return why->field + ": " + why->reason;
}

}  // namespace s3dr::dr
