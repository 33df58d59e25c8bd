// Whether whom a policy names is there: the services that keep policies refuse one that names a role or an
// account that does not exist, each in its own words. What a policy then says: aws/policy/policy.h.
#pragma once

#include <optional>
#include <string>

#include "aws/policy/policy.h"
#include "cloud/store/global_plane.h"

namespace s3dr::cloud {

// An account ("111122223333", "arn:aws:iam::111122223333:root"), a role, or a session of one. There are no
// users.
bool principal_exists(GlobalPlane& global, const std::string& principal);

// The first of a resource's policy that does not exist; nullopt: all do.
std::optional<std::string> missing_principal(GlobalPlane& global, const aws::Policy& policy);

}  // namespace s3dr::cloud
