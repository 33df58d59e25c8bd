// Access keys, and the places where they are written: the environment and AWS profile files. Pure: it parses
// texts. client/credentials reads the files and the environment and passes the texts in.
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

// One `[name]` / `[profile name]`: what both files say of it. For keys the credentials file wins.
struct Profile {
  std::optional<Credentials> credentials;
  bool credentials_from_config = false;  // the credentials file has none
  // Everything except the secrets; names in lower case. A nested block `s3 =` with an indented
  // `addressing_style = path` becomes "s3.addressing_style".
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

// The INI rules of the AWS tools:
// - `key = value`.
// - '#' and ';' begin a comment at the start of a line or after a blank.
// - Indented lines below an empty value are a nested block.
// - A section that appears twice is merged; the later value wins.
// - Sections of unknown kinds are ignored.
// Raises invalid with resource "file:line" for any other line, and for a profile with only half of a key
// pair.
Profiles parse_profiles(const NamedText& credentials_file, const NamedText& config_file);

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or the older AWS_SECURITY_TOKEN). nullopt
// when neither of the first two is set. Raises invalid when only one is.
using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view)>;
std::optional<Credentials> credentials_from_environment(const EnvironmentLookup& lookup);

// The first that is set: explicit, AWS_REGION, AWS_DEFAULT_REGION, the profile's region. nullopt when none
// is.
std::optional<std::string> choose_region(const std::optional<std::string>& explicit_region,
                                         const EnvironmentLookup& lookup, const Profile* profile);

// AWS_PROFILE, else AWS_DEFAULT_PROFILE, else "default".
std::string choose_profile(const EnvironmentLookup& lookup);

}  // namespace s3dr::aws
