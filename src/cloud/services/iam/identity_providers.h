// IAM's operations on OpenID Connect providers: part of the IAM service. Only issuers on this machine
// (loopback): the cloud fetches their keys itself, and goes nowhere else.
#pragma once

#include <string>
#include <string_view>

#include "cloud/services/common/query_protocol.h"
#include "cloud/store/context.h"

namespace s3dr::services {

void add_provider_operations(QueryApi& api, cloud::RegionContext& region);

// Whether the cloud fetches from there: http or https, and a host that is this machine.
bool is_loopback_url(std::string_view url);

}  // namespace s3dr::services
