// Who hands out access keys, and what a user may choose about them. Every request asks its provider again,
// because keys of roles, containers and instances expire. Where keys are looked for, and in which order:
// client/credentials/credential_chain.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/task.h"
#include "s3/names.h"

namespace s3dr::client {

class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  // Raises invalid (nothing configured, with advice), unavailable (could not be fetched).
  virtual Task<aws::Credentials> get() = 0;
  // To be called when the server said that the keys have expired. True: the next get() may return others, so
  // one repeat is worth it.
  virtual bool renew() { return false; }
};

// getenv(3), as a value.
aws::EnvironmentLookup process_environment();

struct CredentialChoice {
  // Named on the command line or in the configuration: they win over the environment.
  std::optional<std::string> profile;
  std::optional<std::string> region;
  aws::EnvironmentLookup environment = process_environment();
};

// Always the same keys.
std::unique_ptr<CredentialsProvider> make_fixed_credentials(aws::Credentials credentials);

}  // namespace s3dr::client
