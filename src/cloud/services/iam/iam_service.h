// The part of IAM that this cloud has:
// - roles with their trust policies, inline policies and tags; the tables are in cloud/store/role_store.h
// - OpenID Connect providers (identity_providers)
// There are no users, groups or managed policies; attaching a managed policy is answered 501.
// How requests are judged by the policies: cloud/door/authorizer.h.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_iam_service(cloud::RegionContext& region);

}  // namespace s3dr::services
