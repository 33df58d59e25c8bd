// Asking STS for the credentials of a role: what AssumeRole (assume_role.h) and AssumeRoleWithWebIdentity
// (web_identity.h) share. Always the regional endpoint: tokens of the global one fail in opt-in regions.
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

// `form` holds what the action takes besides RoleArn and RoleSessionName; an empty `session_name` becomes
// "s3dr-" and random digits. nullptr: the call is not signed. `secret` (a web identity token) is kept out of
// errors. Raises what STS answers, with the role as resource; corrupt for an answer that is none. May be
// repeated: it makes one more session.
Task<TimedCredentials> assume_role(FetchTools tools, StsPlace place, std::string action, std::string role_arn,
                                   std::string session_name, std::map<std::string, std::string> form,
                                   const aws::Credentials* signer, Secret secret);

// The <Credentials> of an AssumeRole… answer. Raises corrupt; the text is never quoted. Pure.
TimedCredentials parse_role_credentials(std::string_view xml, const std::string& action);

}  // namespace s3dr::client
