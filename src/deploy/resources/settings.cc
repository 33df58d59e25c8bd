#include "deploy/resources/settings.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "dr/settings/settings_check.h"

namespace s3dr::deploy {
namespace {

// So the longest name made of it (a trail's bucket, in the region with the longest name) stays below 64
// characters.
constexpr std::size_t prefix_length_max = 29;
constexpr std::size_t environment_max = 3'500;  // of Lambda's 4 KiB for all variables; the rest is ours

// What CloudWatch Logs accepts (PutRetentionPolicy).
constexpr std::array retentions{1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

std::optional<std::string> why_places_invalid(const Settings& settings) {
  if (settings.protections.empty()) return "protections: there is none";
  for (const Protection& protection : settings.protections) {
    for (const dr::Place* place : {&settings.source, &protection.destination}) {
      if (place->account.empty() || place->region.empty())
        return "source and destination: account and region";
    }
    if (settings.source.region == protection.destination.region)
      return "destination region: it is the source's; a region that fails takes both with it";
    if (protection.match_tags.empty()) return "match tags: there is none";
    if (protection.control_bucket.empty() || settings.reports_bucket.empty())
      return "control bucket and reports bucket: no name";
  }
  return std::nullopt;
}

bool is_prefix_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
}

}  // namespace

std::vector<dr::Place> destinations_of(const Settings& settings) {
  std::vector<dr::Place> result;
  for (const Protection& protection : settings.protections) {
    if (std::ranges::find(result, protection.destination) == result.end())
      result.push_back(protection.destination);
  }
  return result;
}

std::vector<Protection> protections_to(const Settings& settings, const dr::Place& destination) {
  std::vector<Protection> result;
  std::ranges::copy_if(settings.protections, std::back_inserter(result),
                       [&](const Protection& one) { return one.destination == destination; });
  return result;
}

std::string owner_of(const Settings& settings) {
  return owner_of(settings, settings.protections.front().destination);
}

std::string owner_of(const Settings& settings, const dr::Place& destination) {
  return settings.name_prefix + "/" + settings.source.region.text() + "/" + destination.region.text();
}

std::vector<std::string> owners_of(const Settings& settings) {
  std::vector<std::string> result;
  for (const dr::Place& destination : destinations_of(settings))
    result.push_back(owner_of(settings, destination));
  return result;
}

Protection protection_of(const dr::Policy& policy) {
  Protection protection;
  protection.name = policy.protection_name;
  protection.destination = dr::destination_of(policy);
  protection.match_tags = policy.match_tags;
  protection.replica_name_template = policy.replica_name_template;
  protection.replica_namespace = policy.replica_namespace;
  protection.rule = policy.rule;
  protection.bucket_settings = policy.settings;
  protection.control_bucket = policy.control_bucket;
  return protection;
}

bool is_cross_account(const Settings& settings, const dr::Place& destination) {
  return settings.source.account != destination.account;
}

bool is_cross_account(const Settings& settings) {
  return std::ranges::any_of(settings.protections, [&](const Protection& protection) {
    return is_cross_account(settings, protection.destination);
  });
}

std::optional<std::string> why_invalid(const Settings& settings) {
  const std::string& prefix = settings.name_prefix;
  if (prefix.empty() || prefix.size() > prefix_length_max || !std::ranges::all_of(prefix, is_prefix_letter) ||
      prefix.front() == '-' || prefix.back() == '-') {
    return "name prefix: 1 to 29 of a-z, 0-9 and '-', with a letter or a digit at both ends";
  }
  if (auto reason = why_places_invalid(settings)) return reason;
  if (settings.architecture != "x86_64" && settings.architecture != "arm64")
    return "architecture: x86_64 or arm64";
  if (settings.memory_mib < 128 || settings.memory_mib > 10'240) return "memory: 128 to 10240 MiB";
  if (settings.timeout_seconds < 10 || settings.timeout_seconds > 900) return "timeout: 10 to 900 seconds";
  if (std::ranges::find(retentions, settings.log_retention_days) == retentions.end())
    return "log retention: CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, … days";
  if (settings.sweep_minutes < 1 || settings.sweep_minutes > 1'440) return "sweep: 1 to 1440 minutes";
  // All protections together: deploy/declare/limits.h.
  for (const Protection& protection : settings.protections) {
    if (const auto why = dr::why_invalid(protection.bucket_settings)) return "settings: " + *why;
    const std::size_t told = settings.endpoints_json.size() + settings.ca_pem.size() +
                             dr::to_json(protection.rule).size() +
                             dr::to_json(protection.bucket_settings).size();
    if (told > environment_max)
      return "endpoints, CA, rule and settings: over the 4 KiB that a function's environment may have";
  }
  return std::nullopt;
}

}  // namespace s3dr::deploy
