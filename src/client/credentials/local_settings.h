// What the environment and the profile files say beside the keys themselves: profile, region, warnings.
// The keys are looked for in credential_chain.h.
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

// Blocking: two small files. Raises invalid with the file's name and advice: unreadable or malformed file,
// half a key pair, a profile asked for that exists in neither file.
LocalSettings read_local_settings(const CredentialChoice& choice);

}  // namespace s3dr::client
