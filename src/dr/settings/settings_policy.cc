#include "dr/settings/settings_policy.h"

#include <array>
#include <utility>

namespace s3dr::dr {
namespace {

constexpr std::array<std::pair<Follow, std::string_view>, 5> words{{{Follow::clone, "clone"},
                                                                    {Follow::stricter, "stricter"},
                                                                    {Follow::on_failover, "on_failover"},
                                                                    {Follow::warn, "warn"},
                                                                    {Follow::ignore, "ignore"}}};

}  // namespace

std::string_view to_string(Follow follow) {
  for (const auto& [value, word] : words) {
    if (value == follow) return word;
  }
  return "ignore";
}

std::optional<Follow> parse_follow(std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return std::nullopt;
}

std::optional<std::string> mapped(const SettingsPolicy& settings, std::string_view resource) {
  for (const ResourceMapping& mapping : settings.mappings) {
    const std::size_t star = mapping.from.find('*');
    if (star == std::string::npos) {
      if (mapping.from == resource) return mapping.to;
      continue;
    }
    const std::string_view before = std::string_view(mapping.from).substr(0, star);
    const std::string_view behind = std::string_view(mapping.from).substr(star + 1);
    if (resource.size() < before.size() + behind.size() || !resource.starts_with(before) ||
        !resource.ends_with(behind))
      continue;
    std::string result = mapping.to;
    if (const std::size_t place = result.find('*'); place != std::string::npos)
      result.replace(place, 1, resource.substr(star, resource.size() - before.size() - behind.size()));
    return result;
  }
  return std::nullopt;
}

}  // namespace s3dr::dr
