// Credentials of a container's role. ECS gives a path on a link-local host. EKS Pod Identity or another agent
// gives a full url. A full url is accepted only where nobody can read the keys on the way: https, this
// machine, or the two link-local hosts of AWS.
#pragma once

#include <memory>

#include "client/credentials/credential_source.h"

namespace s3dr::client {

// Variables, the first one that is set counts:
// - url: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI;
// - Authorization header: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (read again at each fetch),
//   AWS_CONTAINER_AUTHORIZATION_TOKEN.
// nullptr: no url is set. Raises invalid for a url that is refused. fetch() raises invalid for a token file
// that does not exist and for a token with a line break.
std::unique_ptr<CredentialSource> container_source(const aws::EnvironmentLookup& environment,
                                                   FetchTools tools);

}  // namespace s3dr::client
