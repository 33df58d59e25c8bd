// Credentials of an EC2 instance's role, by version 2 of its metadata service (session tokens) only: version
// 1 answers whoever can make this machine send a GET, so it is never fallen back to.
#pragma once

#include <memory>

#include "client/credentials/credential_source.h"

namespace s3dr::client {

// Settings by the name of the environment's variable ("AWS_EC2_METADATA_DISABLED"), else of the profile
// ("ec2_metadata_service_endpoint", "metadata_service_timeout", …). nullptr: switched off. Raises invalid for
// an endpoint, mode, timeout or number of attempts that is none.
// fetch() takes at most attempts × three times the timeout (1 s, 1 attempt unless set).
std::unique_ptr<CredentialSource> instance_metadata_source(const aws::EnvironmentLookup& environment,
                                                           const aws::Profile* profile, FetchTools tools);

}  // namespace s3dr::client
