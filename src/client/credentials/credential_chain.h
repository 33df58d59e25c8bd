// The order in which credentials are looked for. It is the order of the AWS tools
// (docs/protocol/clients-and-credentials.md). tests/e2e/command_line/test_credentials.py compares it with
// boto3:
//   1  keys of the environment (skipped when a profile was named by choice)
//   2  the profile's role_arn, assumed with source_profile or credential_source
//   3  a web identity token (environment, profile)
//   4  the profile's sso_…
//   5  the profile's keys in the credentials file
//   6  the profile's credential_process
//   7  the profile's keys in the config file
//   8  the container's role
//   9  the instance's role
// The first one that is configured is taken. If it fails, that is an error; the next one is not tried.
#pragma once

#include <memory>
#include <string>

#include "client/credentials.h"
#include "client/credentials/credential_source.h"
#include "client/endpoints.h"

namespace s3dr::client {

// Reads environment and files; sends nothing. `endpoints` says where STS is, region by region. Without it,
// AWS_ENDPOINT_URL_STS and _SSO, AWS_ENDPOINT_URL and the profile's `services` and `endpoint_url` count.
// Raises, with the file and advice:
// - invalid: nothing is configured, a profile that does not exist or refers in a circle, half a key pair, a
//   missing setting;
// - unsupported: a role that wants MFA, `aws login`.
std::unique_ptr<CredentialSource> choose_source(const CredentialChoice& choice, const EndpointMap& endpoints,
                                                FetchTools tools);

// The chosen source, kept fresh (refreshing_credentials.h). Files are read at the first get() and after
// renew().
std::unique_ptr<CredentialsProvider> make_credentials(CredentialChoice choice, EndpointMap endpoints,
                                                      FetchTools tools);

}  // namespace s3dr::client
