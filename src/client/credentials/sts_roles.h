// Gets the credentials of a role from STS: what AssumeRole (assume_role.h) and AssumeRoleWithWebIdentity
// (web_identity.h) share. It always asks the regional endpoint, because tokens of the global one fail in
// opt-in regions.
#pragma once

#include <map>
#include <string>

#include "client/credentials/credential_source.h"
#include "client/endpoints.h"
#include "s3/names.h"

namespace s3dr::client {

struct StsPlace {
  s3::Region region;
  EndpointMap endpoints;
};

// `form` holds the parameters of the action besides RoleArn and RoleSessionName. An empty `session_name`
// becomes "s3dr-" and random digits. `signer` nullptr: the call is not signed. `secret` (a web identity
// token) is kept out of errors.
// Raises what STS answers, with the role as resource; corrupt for an answer that cannot be read. May be
// repeated: it makes one more session.
Task<TimedCredentials> assume_role(FetchTools tools, StsPlace place, std::string action, std::string role_arn,
                                   std::string session_name, std::map<std::string, std::string> form,
                                   const aws::Credentials* signer, Secret secret);

// The <Credentials> of an AssumeRole… answer. Raises corrupt; the text is never quoted. Pure.
TimedCredentials parse_role_credentials(std::string_view xml, const std::string& action);

}  // namespace s3dr::client
