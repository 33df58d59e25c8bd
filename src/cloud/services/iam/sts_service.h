// STS: AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity. Web identity tokens must be of registered
// providers on this machine (web_identity). Session policies and session tags are answered 501.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_sts_service(cloud::RegionContext& region);

}  // namespace s3dr::services
