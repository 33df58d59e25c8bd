#include "deploy/resources/settings.h"

#include <algorithm>
#include <array>

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

bool is_prefix_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
}

}  // namespace

std::string owner_of(const Settings& settings) {
  return settings.name_prefix + "/" + settings.source.region.text() + "/" +
         settings.destination.region.text();
}

bool is_cross_account(const Settings& settings) {
  return settings.source.account != settings.destination.account;
}

std::optional<std::string> why_invalid(const Settings& settings) {
  const std::string& prefix = settings.name_prefix;
  if (prefix.empty() || prefix.size() > prefix_length_max || !std::ranges::all_of(prefix, is_prefix_letter) ||
      prefix.front() == '-' || prefix.back() == '-') {
    return "name prefix: 1 to 29 of a-z, 0-9 and '-', with a letter or a digit at both ends";
  }
  for (const dr::Place* place : {&settings.source, &settings.destination}) {
    if (place->account.empty() || place->region.empty()) return "source and destination: account and region";
  }
  if (settings.source.region == settings.destination.region)
    return "destination region: it is the source's; a region that fails takes both with it";
  if (settings.match_tags.empty()) return "match tags: there is none";
  if (settings.control_bucket.empty() || settings.reports_bucket.empty())
    return "control bucket and reports bucket: no name";
  if (settings.architecture != "x86_64" && settings.architecture != "arm64")
    return "architecture: x86_64 or arm64";
  if (settings.memory_mib < 128 || settings.memory_mib > 10'240) return "memory: 128 to 10240 MiB";
  if (settings.timeout_seconds < 10 || settings.timeout_seconds > 900) return "timeout: 10 to 900 seconds";
  if (std::ranges::find(retentions, settings.log_retention_days) == retentions.end())
    return "log retention: CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, … days";
  if (settings.sweep_minutes < 1 || settings.sweep_minutes > 1'440) return "sweep: 1 to 1440 minutes";
  if (const auto why = dr::why_invalid(settings.bucket_settings)) return "settings: " + *why;
  const std::size_t told = settings.endpoints_json.size() + settings.ca_pem.size() +
                           dr::to_json(settings.rule).size() + dr::to_json(settings.bucket_settings).size();
  if (told > environment_max)
    return "endpoints, CA, rule and settings: over the 4 KiB that a function's environment may have";
  return std::nullopt;
}

}  // namespace s3dr::deploy
