#include "client/credentials.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/error.h"

namespace s3dr::client {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;

std::string file_path(const aws::EnvironmentLookup& environment, std::string_view variable,
                      std::string_view below_home) {
  const auto named = environment(variable);
  std::string path = named && !named->empty() ? *named : "~/" + std::string(below_home);
  if (path.starts_with("~/")) path = environment("HOME").value_or("") + path.substr(1);
  return path;
}

// An absent file is an empty text: the tools of AWS read it so, too.
aws::NamedText read_file(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return {path, ""};
  const auto unreadable = [&](const std::string& why) {
    return Error(ErrorKind::invalid, "the file cannot be read: " + why)
        .with_resource(path)
        .with_advice(
            "make it readable for this user, or point AWS_SHARED_CREDENTIALS_FILE / AWS_CONFIG_FILE "
            "elsewhere");
  };
  if (S_ISDIR(status.st_mode)) throw unreadable("it is a directory");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw unreadable(std::strerror(errno));
  std::string text(file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) throw unreadable("reading failed");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > file_bytes_max) throw unreadable("it is larger than 1 MiB");
  return {path, std::move(text)};
}

std::optional<std::string> permission_warning(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRGRP | S_IROTH)) == 0) return std::nullopt;
  return fmt::format("{} holds access keys and can be read by other users: chmod 600 {}", path, path);
}

// What the profile asks for that this version cannot do; better said than passed over.
std::optional<std::string> unsupported_setting(const aws::Profile& profile) {
  for (const char* name : {"role_arn", "sso_session", "sso_start_url", "credential_process",
                           "web_identity_token_file", "login_session"}) {
    if (profile.setting(name)) return name;
  }
  return std::nullopt;
}

class LocalCredentials : public CredentialsProvider {
 public:
  explicit LocalCredentials(CredentialChoice choice) : choice_(std::move(choice)) {}

  Task<aws::Credentials> get() override {
    if (!found_) {
      LocalSettings settings = read_local_settings(choice_);
      if (!settings.credentials) {
        throw Error(ErrorKind::invalid, "no credentials: " + settings.why_none)
            .with_advice(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile or "
                "AWS_PROFILE");
      }
      found_ = std::move(settings.credentials);
    }
    co_return *found_;
  }

  bool renew() override {
    found_.reset();
    return true;
  }

 private:
  CredentialChoice choice_;
  std::optional<aws::Credentials> found_;
};

class FixedCredentials : public CredentialsProvider {
 public:
  explicit FixedCredentials(aws::Credentials credentials) : credentials_(std::move(credentials)) {}
  Task<aws::Credentials> get() override { co_return credentials_; }

 private:
  aws::Credentials credentials_;
};

}  // namespace

aws::EnvironmentLookup process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

LocalSettings read_local_settings(const CredentialChoice& choice) {
  LocalSettings result;
  const auto& environment = choice.environment;
  const std::string credentials_path =
      file_path(environment, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
  const std::string config_path = file_path(environment, "AWS_CONFIG_FILE", ".aws/config");
  const aws::Profiles profiles = aws::parse_profiles(read_file(credentials_path), read_file(config_path));

  result.profile = choice.profile ? *choice.profile : aws::choose_profile(environment);
  const aws::Profile* profile = profiles.find(result.profile);
  const auto from_environment =
      choice.profile ? std::nullopt : aws::credentials_from_environment(environment);
  // "default" is what is looked at when nobody asked for a profile; any other name was asked for.
  if (profile == nullptr && !from_environment && (choice.profile || result.profile != "default")) {
    throw Error(ErrorKind::invalid,
                fmt::format("profile \"{}\" exists neither there nor in {}", result.profile, config_path))
        .with_resource(credentials_path)
        .with_advice(
            fmt::format("add a section [{}] with aws_access_key_id and aws_secret_access_key, or name "
                        "another profile",
                        result.profile));
  }
  if (from_environment) {
    result.credentials = from_environment;
  } else if (profile != nullptr) {
    if (const auto setting = unsupported_setting(*profile)) {
      throw Error(ErrorKind::unsupported,
                  fmt::format("profile \"{}\" uses {}, which is not supported yet", result.profile, *setting))
          .with_resource(config_path)
          .with_advice("use a profile with access keys, or export temporary keys into the environment");
    }
    result.credentials = profile->credentials;
    if (result.credentials) {
      if (auto warning = permission_warning(credentials_path)) result.warnings.push_back(std::move(*warning));
    }
  }
  if (!result.credentials) {
    result.why_none = fmt::format("neither the environment nor profile \"{}\" in {} or {} has access keys",
                                  result.profile, credentials_path, config_path);
  }
  if (const auto region = aws::choose_region(choice.region, environment, profile)) {
    result.region = s3::Region::parse(*region);
  }
  return result;
}

std::unique_ptr<CredentialsProvider> make_local_credentials(CredentialChoice choice) {
  return std::make_unique<LocalCredentials>(std::move(choice));
}

std::unique_ptr<CredentialsProvider> make_fixed_credentials(aws::Credentials credentials) {
  return std::make_unique<FixedCredentials>(std::move(credentials));
}

}  // namespace s3dr::client
