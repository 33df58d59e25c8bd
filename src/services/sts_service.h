// STS: AssumeRole and GetCallerIdentity. Web identities answer 501: there is no identity provider here whose
// tokens could be verified.
#pragma once

#include <memory>

#include "cloud/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_sts_service(cloud::RegionContext& region);

}  // namespace s3dr::services
