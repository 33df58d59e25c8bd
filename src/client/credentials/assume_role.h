// Credentials of a role that other credentials may assume: `role_arn` in a profile, with `source_profile` or
// `credential_source`. credential_chain.h decides whose credentials these are.
#pragma once

#include <memory>
#include <string>

#include "client/credentials/credential_source.h"
#include "client/credentials/sts_roles.h"

namespace s3dr::client {

struct RoleSettings {
  std::string role_arn;
  std::string session_name;      // empty: made up
  std::string external_id;       // empty: none
  std::string duration_seconds;  // empty: STS's own (an hour); else 900 to 43200
  std::string where;             // "profile \"work\" in ~/.aws/config"
};

// Raises invalid for a malformed duration.
std::unique_ptr<CredentialSource> assume_role_source(RoleSettings settings,
                                                     std::unique_ptr<CredentialSource> source, StsPlace place,
                                                     FetchTools tools);

}  // namespace s3dr::client
