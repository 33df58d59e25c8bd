#include "client/credentials/endpoint_settings.h"

#include <algorithm>

#include "base/error.h"

namespace s3dr::client {
namespace {

std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

Endpoint parsed(const std::string& url, const std::string& setting) {
  try {
    return Endpoint::parse(url);
  } catch (const Error& error) {
    throw Error(error).with_resource(setting);
  }
}

}  // namespace

std::optional<Endpoint> configured_endpoint(const std::string& service,
                                            const aws::EnvironmentLookup& environment,
                                            const aws::Profiles& profiles, const std::string& profile) {
  const aws::Profile* settings = profiles.find(profile);
  std::string ignore = environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").value_or("");
  if (ignore.empty() && settings != nullptr) {
    ignore = settings->setting("ignore_configured_endpoint_urls").value_or("");
  }
  if (lower_case(ignore) == "true") return std::nullopt;
  for (const std::string& variable :
       {"AWS_ENDPOINT_URL_" + upper_case(service), std::string("AWS_ENDPOINT_URL")}) {
    const auto url = environment(variable);
    if (url && !url->empty()) return parsed(*url, variable);
  }
  if (settings == nullptr) return std::nullopt;
  if (const auto section = settings->setting("services")) {
    const auto found = profiles.services.find(*section);
    if (found != profiles.services.end()) {
      const auto url = found->second.find(service + ".endpoint_url");
      if (url != found->second.end() && !url->second.empty()) {
        return parsed(url->second, "services " + *section);
      }
    }
  }
  if (const auto url = settings->setting("endpoint_url")) return parsed(*url, "profile " + profile);
  return std::nullopt;
}

}  // namespace s3dr::client
