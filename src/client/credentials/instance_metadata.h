// Credentials of an EC2 instance's role, from version 2 of its metadata service (with session tokens).
// Version 1 is never used: it answers anybody who can make this machine send a GET.
#pragma once

#include <memory>

#include "client/credentials/credential_source.h"

namespace s3dr::client {

// Each setting is read from the environment's variable ("AWS_EC2_METADATA_DISABLED"), else from the profile
// ("ec2_metadata_service_endpoint", "metadata_service_timeout", …).
// nullptr: switched off. Raises invalid for a malformed endpoint, mode, timeout or number of attempts.
// fetch() takes at most attempts × three times the timeout (1 s and 1 attempt by default).
std::unique_ptr<CredentialSource> instance_metadata_source(const aws::EnvironmentLookup& environment,
                                                           const aws::Profile* profile, FetchTools tools);

}  // namespace s3dr::client
