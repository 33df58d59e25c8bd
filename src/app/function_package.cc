#include "app/function_package.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "app/command.h"
#include "app/program_image.h"
#include "aws/zip.h"

namespace s3dr::app {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t package_bytes_max = 50u * 1024 * 1024;   // what Lambda takes in one request
constexpr aws::ZipLimits limits{1'000, 250ULL * 1024 * 1024};  // unpacked: Lambda's own limit
constexpr const char* authorities = "/etc/ssl/certs/ca-certificates.crt";

UsageError unusable(const std::string& path, const std::string& why) {
  UsageError error("the package cannot be used: " + why);
  error.with_resource(path);
  return error;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) throw unusable(path, std::strerror(errno));
  return text.str();
}

std::string kind_of(const std::vector<aws::ZipEntry>& entries) {
  const auto found = std::ranges::find(entries, "bootstrap", &aws::ZipEntry::name);
  if (found == entries.end()) return "no bootstrap in it";
  const auto image = read_program_image(found->data);
  if (!image) return "bootstrap is a script, or something else that is no program";
  return (image->is_static ? "static " : "dynamically linked ") + image->architecture;
}

FunctionPackage read_package(const std::string& path) {
  FunctionPackage package{read_file(path), path, ""};
  if (package.zip.size() > package_bytes_max)
    throw unusable(path, "it is over 50 MiB, which Lambda does not take");
  try {
    package.kind = kind_of(aws::read_zip(package.zip, limits));
  } catch (const Error& error) {
    throw unusable(path, "it is not a zip as Lambda takes it: " + error.message());
  }
  return package;
}

bool is_program_for(const std::string& path, const std::string& architecture) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return false;
  const auto image = read_program_image(read_file(path));
  return image && image->architecture == architecture;
}

}  // namespace

bool is_on_this_machine(const Config& config) {
  std::vector<s3::Region> regions{config.source.region};
  for (const ProtectionConfig& protection : config.protections)
    regions.push_back(protection.destination.region);
  return std::ranges::all_of(regions, [&config](const s3::Region& region) {
    const auto endpoint = config.endpoints.custom(region);
    return endpoint && (endpoint->host == "localhost" || endpoint->host.ends_with(".localhost") ||
                        endpoint->host.starts_with("127.") || endpoint->host == "::1");
  });
}

FunctionPackage pack_program(const std::string& program) {
  std::vector<aws::ZipEntry> entries = {{"bootstrap", 0755, read_file(program)},
                                        {"ca-certificates.crt", 0644, read_file(authorities)}};
  FunctionPackage package{"", program, kind_of(entries)};
  package.zip = aws::write_zip(std::move(entries));
  if (package.zip.size() > package_bytes_max)
    throw unusable(program, "packed it is over 50 MiB, which Lambda does not take");
  return package;
}

FunctionPackage find_package(const PackageChoice& choice) {
  if (!choice.file.empty()) return read_package(choice.file);
  std::error_code failure;
  const fs::path folder = fs::read_symlink("/proc/self/exe", failure).parent_path();
  const std::string beside = (folder / "bootstrap").string();
  if (choice.on_this_machine && is_program_for(beside, choice.architecture)) return pack_program(beside);
  const std::string name = "s3dr-lambda-" + choice.architecture + ".zip";
  for (const fs::path& place : {folder, folder.parent_path() / "lambda"}) {
    if (fs::exists(place / name, failure)) return read_package((place / name).string());
  }
  UsageError error("there is no package " + name);
  error.with_advice("make one with: make package; or name one with --package FILE");
  throw error;
}

}  // namespace s3dr::app
