#include "client/credentials/local_settings.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "client/credentials/profile_files.h"

namespace s3dr::client {
namespace {

std::optional<std::string> permission_warning(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRGRP | S_IROTH)) == 0) return std::nullopt;
  return fmt::format("{} holds access keys and can be read by other users: chmod 600 {}", path, path);
}

}  // namespace

LocalSettings read_local_settings(const CredentialChoice& choice) {
  const ProfileFiles files = read_profile_files(choice.environment);
  require_named_profile(files, choice);
  LocalSettings result;
  result.profile = choice.profile ? *choice.profile : aws::choose_profile(choice.environment);
  const aws::Profile* profile = files.profiles.find(result.profile);
  if (profile != nullptr && profile->credentials) {
    if (auto warning = permission_warning(files.credentials_path)) {
      result.warnings.push_back(std::move(*warning));
    }
  }
  if (const auto region = aws::choose_region(choice.region, choice.environment, profile)) {
    result.region = s3::Region::parse(*region);
  }
  return result;
}

}  // namespace s3dr::client
