// Where access keys come from: the environment and the AWS profile files. The texts are parsed by
// aws/credentials.h; this reads them. Every request asks its provider again, so that providers with a life
// time (roles, containers, instance metadata) fit in later.
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

// What the environment and the profile files say, read once.
struct LocalSettings {
  std::string profile;                          // the name that was looked for
  std::optional<aws::Credentials> credentials;  // nullopt: `why_none` says where we looked
  std::string why_none;
  std::optional<s3::Region> region;   // explicit > AWS_REGION > AWS_DEFAULT_REGION > profile
  std::vector<std::string> warnings;  // "…/credentials can be read by others: chmod 600 …"
};

// Order: an explicit profile, the environment's keys, the profile of AWS_PROFILE or "default". Files:
// AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials), AWS_CONFIG_FILE (~/.aws/config). Blocking: a few small
// files. Raises invalid with the file's name and advice: unreadable or malformed file, a profile named on
// purpose that exists in neither file, half a key pair, a profile that needs what is not supported yet
// (role_arn, sso, …).
LocalSettings read_local_settings(const CredentialChoice& choice);

// The environment or the profile of `choice`. The files are read at the first get() and again after renew().
std::unique_ptr<CredentialsProvider> make_local_credentials(CredentialChoice choice);
// Always the same keys.
std::unique_ptr<CredentialsProvider> make_fixed_credentials(aws::Credentials credentials);

}  // namespace s3dr::client
