// Credentials of a container's role: ECS (a path on a link-local host) and EKS Pod Identity or another agent
// (a full url). A full url may only lead where the keys cannot be read on the way: https, this machine, or
// the two link-local hosts of AWS.
#pragma once

#include <memory>

#include "client/credentials/credential_source.h"

namespace s3dr::client {

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (wins) or …_FULL_URI, with the Authorization header of
// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (wins; read again at each fetch) or …_TOKEN. nullptr: neither is
// set. Raises invalid for a url that is refused. fetch() raises invalid for a token file that is not there
// and for a token with a line break.
std::unique_ptr<CredentialSource> container_source(const aws::EnvironmentLookup& environment,
                                                   FetchTools tools);

}  // namespace s3dr::client
