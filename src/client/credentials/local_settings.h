// What the environment and the profile files say besides the keys: profile, region, warnings.
// credential_chain.h looks for the keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/credentials.h"
#include "s3/names.h"

namespace s3dr::client {

struct LocalSettings {
  std::string profile;                // the name that is looked for
  std::optional<s3::Region> region;   // explicit > AWS_REGION > AWS_DEFAULT_REGION > profile
  std::vector<std::string> warnings;  // "…/credentials can be read by others: chmod 600 …"
};

// Blocking: reads two small files. Raises invalid with the file's name and advice: an unreadable or malformed
// file, half a key pair, a named profile that is in neither file.
LocalSettings read_local_settings(const CredentialChoice& choice);

}  // namespace s3dr::client
