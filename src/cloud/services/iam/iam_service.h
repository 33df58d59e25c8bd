// IAM, as far as roles go: their trust and inline policies and tags, over the tables of cloud/store/role_store.h;
// OpenID Connect providers (identity_providers).
// No users, groups or managed policies: attaching one answers 501. What the policies then say:
// cloud/door/authorizer.h.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_iam_service(cloud::RegionContext& region);

}  // namespace s3dr::services
