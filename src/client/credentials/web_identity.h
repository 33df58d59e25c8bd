// Credentials of a role, assumed with a token that another party issued: a Kubernetes service account, a CI
// job. The token's file is read again at each refresh, because the issuer replaces it.
#pragma once

#include <memory>
#include <string>

#include "client/credentials/credential_source.h"
#include "client/credentials/sts_roles.h"

namespace s3dr::client {

struct WebIdentitySettings {
  std::string role_arn;
  std::string token_file;
  std::string session_name;  // empty: made up
  std::string where;         // "the environment", "profile \"work\" in ~/.aws/config"
};

// fetch() raises invalid for a token file that is missing or empty or has a line break inside.
std::unique_ptr<CredentialSource> web_identity_source(WebIdentitySettings settings, StsPlace place,
                                                      FetchTools tools);

}  // namespace s3dr::client
