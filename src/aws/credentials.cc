#include "aws/credentials.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/http_message.h"

namespace s3dr::aws {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A value ends where a comment begins: '#' or ';' after a blank. A bare one may be part of a key or a URL.
std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    if ((value[i] == '#' || value[i] == ';') && (value[i - 1] == ' ' || value[i - 1] == '\t')) {
      return trimmed(value.substr(0, i));
    }
  }
  return value;
}

using Settings = std::map<std::string, std::string>;

enum class SectionKind { profile, services, sso_session, unknown };

struct Section {
  SectionKind kind = SectionKind::unknown;
  std::string name;
  Settings settings;
};

Error bad_line(const NamedText& file, int line, std::string message) {
  return Error(ErrorKind::invalid, std::move(message)).with_resource(file.name + ":" + std::to_string(line));
}

// `[name]` in the credentials file; `[default]`, `[profile name]`, `[services name]`, `[sso-session name]` in
// the other.
Section read_section(std::string_view title, bool is_config) {
  Section section;
  title = trimmed(title);
  if (!is_config || title == "default") {
    if (!is_config && title.starts_with("profile ")) title = trimmed(title.substr(8));
    section.kind = SectionKind::profile;
    section.name = title;
    return section;
  }
  const std::size_t blank = std::min(title.find_first_of(" \t"), title.size());
  const std::string_view word = title.substr(0, blank);
  std::string_view name = trimmed(title.substr(blank));
  if (name.size() >= 2 && name.front() == name.back() && (name.front() == '"' || name.front() == '\'')) {
    name = name.substr(1, name.size() - 2);
  }
  section.name = name;
  if (name.empty())
    return section;  // a bare [name] in the config file is no profile: the AWS tools ignore it too
  if (word == "profile") section.kind = SectionKind::profile;
  if (word == "services") section.kind = SectionKind::services;
  if (word == "sso-session") section.kind = SectionKind::sso_session;
  return section;
}

std::vector<Section> read_sections(const NamedText& file, bool is_config) {
  std::vector<Section> sections;
  std::string block;  // the setting whose nested block we are in
  int number = 0;
  std::size_t at = 0;
  std::string_view rest = file.text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  while (at < rest.size()) {
    const std::size_t end = std::min(rest.find('\n', at), rest.size());
    const std::string_view raw = rest.substr(at, end - at);
    at = end + 1;
    ++number;
    const std::string_view line = trimmed(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    const bool indented = raw.front() == ' ' || raw.front() == '\t';
    if (line.front() == '[' && !indented) {
      const std::size_t close = line.find(']');
      if (close == std::string_view::npos)
        throw bad_line(file, number, "the section title has no closing bracket");
      if (trimmed(line.substr(1, close - 1)).empty()) throw bad_line(file, number, "the section has no name");
      sections.push_back(read_section(line.substr(1, close - 1), is_config));
      block.clear();
      continue;
    }
    if (sections.empty()) throw bad_line(file, number, "a setting stands before the first [section]");
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      throw bad_line(file, number, "expected `name = value` or `[section]`");
    std::string name = lower_case(trimmed(line.substr(0, equals)));
    if (name.empty()) throw bad_line(file, number, "the setting has no name");
    const std::string_view value = without_comment(trimmed(line.substr(equals + 1)));
    if (indented && !block.empty()) {
      name = block + "." + name;
    } else if (indented) {
      throw bad_line(file, number, "an indented line must stand below a `name =` without a value");
    } else {
      block = value.empty() ? name : std::string();
    }
    sections.back().settings[name] = value;
  }
  return sections;
}

std::string taken(Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  if (found == settings.end()) return {};
  std::string value = std::move(found->second);
  settings.erase(found);
  return value;
}

// Moves the secrets out of the settings, so that these may be shown.
std::optional<Credentials> take_credentials(Settings& settings, const std::string& profile,
                                            const NamedText& file) {
  Credentials credentials;
  credentials.access_key_id = taken(settings, "aws_access_key_id");
  credentials.secret_access_key = Secret(taken(settings, "aws_secret_access_key"));
  std::string token = taken(settings, "aws_session_token");
  std::string older = taken(settings, "aws_security_token");
  credentials.session_token = Secret(token.empty() ? std::move(older) : std::move(token));
  if (credentials.access_key_id.empty() && credentials.secret_access_key.empty()) return std::nullopt;
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    throw Error(ErrorKind::invalid, "profile \"" + profile +
                                        "\" has only one of aws_access_key_id and "
                                        "aws_secret_access_key")
        .with_resource(file.name);
  }
  return credentials;
}

void merge(const NamedText& file, bool is_config, Profiles& into) {
  // Sections of one name first: the halves of a key pair may stand in two of them.
  std::map<std::string, Settings> profiles;
  for (Section& section : read_sections(file, is_config)) {
    Settings* target = nullptr;
    if (section.kind == SectionKind::profile) target = &profiles[section.name];
    if (section.kind == SectionKind::services) target = &into.services[section.name];
    if (section.kind == SectionKind::sso_session) target = &into.sso_sessions[section.name];
    if (target == nullptr) continue;
    for (auto& [name, value] : section.settings) (*target)[name] = std::move(value);
  }
  for (auto& [name, settings] : profiles) {
    Profile& profile = into.profiles[name];
    if (auto credentials = take_credentials(settings, name, file)) {
      profile.credentials = std::move(credentials);
      profile.credentials_from_config = is_config;
    }
    for (auto& [key, value] : settings) profile.settings[key] = std::move(value);
  }
}

}  // namespace

std::optional<std::string> Profile::setting(std::string_view name) const {
  const auto found = settings.find(std::string(name));
  if (found == settings.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

const Profile* Profiles::find(std::string_view name) const {
  const auto found = profiles.find(std::string(name));
  return found == profiles.end() ? nullptr : &found->second;
}

Profiles parse_profiles(const NamedText& credentials_file, const NamedText& config_file) {
  Profiles result;
  merge(config_file, true, result);
  merge(credentials_file, false, result);
  return result;
}

std::optional<Credentials> credentials_from_environment(const EnvironmentLookup& lookup) {
  Credentials credentials;
  credentials.access_key_id = lookup("AWS_ACCESS_KEY_ID").value_or("");
  credentials.secret_access_key = Secret(lookup("AWS_SECRET_ACCESS_KEY").value_or(""));
  std::string token = lookup("AWS_SESSION_TOKEN").value_or("");
  if (token.empty()) token = lookup("AWS_SECURITY_TOKEN").value_or("");
  credentials.session_token = Secret(std::move(token));
  if (credentials.access_key_id.empty() && credentials.secret_access_key.empty()) return std::nullopt;
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    throw Error(ErrorKind::invalid, "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set")
        .with_resource("environment")
        .with_advice("set both, or neither and name a profile");
  }
  return credentials;
}

std::optional<std::string> choose_region(const std::optional<std::string>& explicit_region,
                                         const EnvironmentLookup& lookup, const Profile* profile) {
  if (explicit_region && !explicit_region->empty()) return explicit_region;
  for (const std::string_view name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto value = lookup(name); value && !value->empty()) return value;
  }
  return profile != nullptr ? profile->setting("region") : std::nullopt;
}

std::string choose_profile(const EnvironmentLookup& lookup) {
  for (const std::string_view name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (auto value = lookup(name); value && !value->empty()) return *value;
  }
  return "default";
}

}  // namespace s3dr::aws
