// AWS_ENDPOINT_URL and what else the AWS tools let a user say about a service's endpoint. Used for the
// services that credentials come from (STS, the SSO portal); stores have their endpoints in the
// configuration. Pure.
#pragma once

#include <optional>
#include <string>

#include "aws/credentials.h"
#include "base/http_message.h"

namespace s3dr::client {

// `service` is "sts", "sso". Order: AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the profile's `services` section,
// the profile's endpoint_url; nothing at all with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS. Raises invalid, naming
// the setting.
std::optional<Endpoint> configured_endpoint(const std::string& service,
                                            const aws::EnvironmentLookup& environment,
                                            const aws::Profiles& profiles, const std::string& profile);

}  // namespace s3dr::client
