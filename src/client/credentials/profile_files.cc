#include "client/credentials/profile_files.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "client/credentials/credential_source.h"

namespace s3dr::client {
namespace {

std::string file_path(const aws::EnvironmentLookup& environment, std::string_view variable,
                      const char* otherwise) {
  const auto named = environment(variable);
  return home_path(environment, named && !named->empty() ? *named : std::string(otherwise));
}

// An absent file is an empty text: the tools of AWS read it so, too.
aws::NamedText read_file(const std::string& path) {
  try {
    return {path, read_small_file(path, "the file").value_or("")};
  } catch (const Error& error) {
    throw Error(error).with_advice(
        "make it readable for this user, or point AWS_SHARED_CREDENTIALS_FILE / AWS_CONFIG_FILE elsewhere");
  }
}

}  // namespace

std::string home_path(const aws::EnvironmentLookup& environment, std::string path) {
  if (path.starts_with("~/")) path = environment("HOME").value_or("") + path.substr(1);
  return path;
}

ProfileFiles read_profile_files(const aws::EnvironmentLookup& environment) {
  ProfileFiles result;
  result.credentials_path = file_path(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
  result.config_path = file_path(environment, "AWS_CONFIG_FILE", "~/.aws/config");
  result.profiles = aws::parse_profiles(read_file(result.credentials_path), read_file(result.config_path));
  return result;
}

void require_named_profile(const ProfileFiles& files, const CredentialChoice& choice) {
  const std::string name = choice.profile ? *choice.profile : aws::choose_profile(choice.environment);
  if (files.profiles.find(name) != nullptr || (!choice.profile && name == "default")) return;
  throw Error(ErrorKind::invalid,
              fmt::format("profile \"{}\" exists neither there nor in {}", name, files.config_path))
      .with_resource(files.credentials_path)
      .with_advice(
          fmt::format("add a section [{}] with aws_access_key_id and aws_secret_access_key, or name another "
                      "profile",
                      name));
}

std::string where_looked(const ProfileFiles& files, const std::string& profile) {
  return fmt::format("neither the environment nor profile \"{}\" in {} or {} has access keys", profile,
                     files.credentials_path, files.config_path);
}

}  // namespace s3dr::client
