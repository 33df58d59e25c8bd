// IAM's operations on OpenID Connect providers. Part of the IAM service. Only issuers on this machine
// (loopback) are accepted: the cloud itself fetches their keys, and it makes no requests to other machines.
#pragma once

#include <string>
#include <string_view>

#include "cloud/services/common/query_protocol.h"
#include "cloud/store/context.h"

namespace s3dr::services {

void add_provider_operations(QueryApi& api, cloud::RegionContext& region);

// Whether the cloud may fetch this URL: http or https, and the host is this machine.
bool is_loopback_url(std::string_view url);

}  // namespace s3dr::services
