// Credentials of a role of IAM Identity Center, with the token in the cache of `aws sso login`. An expired
// token is not renewed here: that needs a browser, or the client registration of the tool that logged in.
#pragma once

#include <memory>
#include <string>

#include "client/credentials/credential_source.h"
#include "client/endpoints.h"
#include "s3/names.h"

namespace s3dr::client {

struct SsoSettings {
  std::string cache_folder;  // "~/.aws/sso/cache"
  std::string cache_key;     // the session's name, else the start url
  s3::Region region;
  std::string account_id;
  std::string role_name;
  EndpointMap endpoints;  // from AWS_ENDPOINT_URL_SSO only: another store's endpoint must not get the token
  std::string where;
};

// fetch() raises invalid, with advice to log in, when there is no token or it has expired. Raises denied when
// the portal refuses.
std::unique_ptr<CredentialSource> sso_source(SsoSettings settings, FetchTools tools);

}  // namespace s3dr::client
