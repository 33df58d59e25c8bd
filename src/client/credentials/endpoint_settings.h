// AWS_ENDPOINT_URL and the other settings with which a user of the AWS tools names a service's endpoint. Used
// for the services that credentials come from (STS, the SSO portal). Stores have their endpoints in the
// configuration. Pure.
#pragma once

#include <optional>
#include <string>

#include "aws/credentials.h"
#include "base/http_message.h"

namespace s3dr::client {

// `service` is "sts" or "sso". For "sts", the first of these that is set counts:
// 1. AWS_ENDPOINT_URL_STS
// 2. AWS_ENDPOINT_URL
// 3. the profile's `services` section
// 4. the profile's endpoint_url
// With AWS_IGNORE_CONFIGURED_ENDPOINT_URLS none of them counts. Raises invalid and names the setting.
std::optional<Endpoint> configured_endpoint(const std::string& service,
                                            const aws::EnvironmentLookup& environment,
                                            const aws::Profiles& profiles, const std::string& profile);

}  // namespace s3dr::client
