// Who hands out access keys, and what a user may choose about them. Every request asks its provider again, as
// keys of roles, containers and instances have a life time. Where keys are looked for, and in which order, is
// in credential_chain.h.
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
  // The server said that they have expired. True: the next get() may give others, so one repeat is worth it.
  virtual bool renew() { return false; }
};

// getenv(3), as a value.
aws::EnvironmentLookup process_environment();

struct CredentialChoice {
  std::optional<std::string>
      profile;  // named on the command line or in the configuration: beats the environment
  std::optional<std::string> region;  // likewise
  aws::EnvironmentLookup environment = process_environment();
};

// Always the same keys.
std::unique_ptr<CredentialsProvider> make_fixed_credentials(aws::Credentials credentials);

}  // namespace s3dr::client
