#include "deploy/declare/limits.h"

#include <boost/json.hpp>

#include "deploy/declare/declaration.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

std::size_t policies_size(const json::object& properties) {
  std::size_t size = 0;
  for (const auto& policy : properties.at("policies").as_object())
    size += json::serialize(policy.value()).size();
  return size;
}

std::size_t environment_size(const json::object& properties) {
  std::size_t size = 0;
  for (const auto& variable : properties.at("environment").as_object())
    size += variable.key().size() + variable.value().as_string().size();
  return size;
}

std::string text_of(const Resource& resource, const char* what, std::size_t size, std::size_t size_max) {
  return std::string(what) + " of " + resource.id() + " would take " + std::to_string(size) + " of " +
         std::to_string(size_max);
}

// The first resource that is too large.
std::optional<std::string> too_large(const Settings& settings) {
  for (const Resource& resource : declare(settings)) {
    if (!resource.wanted) continue;
    if (resource.kind == Kind::role) {
      const std::size_t size = policies_size(resource.properties);
      if (size > inline_policies_size_max)
        return text_of(resource, "the policies", size, inline_policies_size_max) + " characters";
    }
    if (resource.kind == Kind::function) {
      const std::size_t size = environment_size(resource.properties);
      if (size > environment_size_max)
        return text_of(resource, "the environment", size, environment_size_max) + " bytes";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> why_too_large(const Settings& settings) {
  Settings fewer = settings;
  fewer.package.clear();  // only its checksum would be declared
  std::optional<std::string> reason = too_large(fewer);
  if (!reason) return std::nullopt;
  while (fewer.protections.size() > 1) {
    fewer.protections.pop_back();
    if (too_large(fewer)) continue;
    return "protections: one deployment cannot have these " + std::to_string(settings.protections.size()) +
           ": " + *reason + "; the first " + std::to_string(fewer.protections.size()) +
           " fit. Give the others a configuration and a name_prefix of their own";
  }
  return reason;
}

}  // namespace s3dr::deploy
