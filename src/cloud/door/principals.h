// Whether the principals of a policy exist. Services refuse to keep a policy that names a role or an account
// that does not exist; each service words the refusal in its own way. What a policy means:
// aws/policy/policy.h.
#pragma once

#include <optional>
#include <string>

#include "aws/policy/policy.h"
#include "cloud/store/global_plane.h"

namespace s3dr::cloud {

// `principal`: an account ("111122223333", "arn:aws:iam::111122223333:root"), a role, or a session of a role.
// This cloud has no IAM users.
bool principal_exists(GlobalPlane& global, const std::string& principal);

// The first principal of a resource's policy that does not exist; nullopt: all exist.
std::optional<std::string> missing_principal(GlobalPlane& global, const aws::Policy& policy);

}  // namespace s3dr::cloud
