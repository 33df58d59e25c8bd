// The profile files of the AWS tools, read from disk: where they are, what they say, and the error when
// something is missing. aws/credentials.h parses them. credential_chain.h and local_settings.h use them.
#pragma once

#include <string>

#include "aws/credentials.h"
#include "client/credentials.h"

namespace s3dr::client {

struct ProfileFiles {
  std::string credentials_path;  // AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials
  std::string config_path;       // AWS_CONFIG_FILE, else ~/.aws/config
  aws::Profiles profiles;
};

// Treats an absent file as an empty one. Blocking: reads two small files. Raises invalid with the file's name
// and advice for an unreadable or malformed file.
ProfileFiles read_profile_files(const aws::EnvironmentLookup& environment);

// Raises invalid when a named profile is in neither file. Named means: by choice or by AWS_PROFILE. "default"
// is the profile when nothing is named.
void require_named_profile(const ProfileFiles& files, const CredentialChoice& choice);

// "neither the environment nor profile "x" in … or … has access keys"
std::string where_looked(const ProfileFiles& files, const std::string& profile);

// "~/x" below HOME.
std::string home_path(const aws::EnvironmentLookup& environment, std::string path);

}  // namespace s3dr::client
