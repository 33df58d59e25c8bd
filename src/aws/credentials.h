// Access keys and where they are written down: the environment and AWS profile files. Pure: parses texts,
// reads no file and no environment (client/ does, and passes the texts in).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace s3dr::aws {

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  // empty unless temporary
};

// One `[name]` / `[profile name]`: what both files say of it, the credentials file winning for keys.
struct Profile {
  std::optional<Credentials> credentials;
  bool credentials_from_config = false;  // the credentials file has none
  // Everything but the secrets; names lower-case. A nested block `s3 =` + indented `addressing_style = path`
  // is "s3.addressing_style".
  std::map<std::string, std::string> settings;

  // The value of a setting; nullopt when absent or empty.
  std::optional<std::string> setting(std::string_view name) const;
};

struct Profiles {
  std::map<std::string, Profile> profiles;
  std::map<std::string, std::map<std::string, std::string>> services;      // [services NAME]
  std::map<std::string, std::map<std::string, std::string>> sso_sessions;  // [sso-session NAME]

  const Profile* find(std::string_view name) const;
};

// A text and the name to say in errors ("~/.aws/config"). An absent file is an empty text.
struct NamedText {
  std::string name;
  std::string text;
};

// INI rules of the AWS tools: `key = value`; '#' and ';' comments at the start of a line, or after a blank;
// indented lines below an empty value are a nested block. A section that appears twice is merged, the later
// value wins. Sections of unknown kinds are passed over. Raises invalid with resource "file:line" for a line
// that is none of these and for a profile with one half of a key pair.
Profiles parse_profiles(const NamedText& credentials_file, const NamedText& config_file);

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or the older AWS_SECURITY_TOKEN). nullopt
// when neither of the first two is set. Raises invalid when only one is.
using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view)>;
std::optional<Credentials> credentials_from_environment(const EnvironmentLookup& lookup);

// Explicit > AWS_REGION > AWS_DEFAULT_REGION > the profile's region; nullopt when none says.
std::optional<std::string> choose_region(const std::optional<std::string>& explicit_region,
                                         const EnvironmentLookup& lookup, const Profile* profile);

// AWS_PROFILE, else AWS_DEFAULT_PROFILE, else "default".
std::string choose_profile(const EnvironmentLookup& lookup);

}  // namespace s3dr::aws
