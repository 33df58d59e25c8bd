#include "cloud/services/lambda/function_package.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "aws/zip.h"
#include "base/error.h"
#include "cloud/services/lambda/lambda_validation.h"

namespace s3dr::services {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t entries_max = 20'000;

[[noreturn]] void raise_errno(const std::string& doing, const std::string& path) {
  throw Error(ErrorKind::unavailable, doing + ": " + std::generic_category().message(errno))
      .with_resource(path);
}

void write_file(const std::string& path, const aws::ZipEntry& entry) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) raise_errno("open", path);
  std::string_view left = entry.data;
  while (!left.empty()) {
    const ssize_t count = ::write(file, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      ::close(file);
      raise_errno("write", path);
    }
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  // Readable and executable as packed, never writable.
  ::fchmod(file, static_cast<mode_t>(entry.mode & 0555U) | 0400U);
  ::close(file);
}

void close_folders(const std::string& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory()) ::chmod(entry.path().c_str(), 0555);
  }
  ::chmod(folder.c_str(), 0555);
}

}  // namespace

void make_folders(const std::string& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw Error(ErrorKind::unavailable, "mkdir: " + failure.message()).with_resource(folder);
  ::chmod(folder.c_str(), 0700);
}

void remove_folder(const std::string& folder) noexcept {
  try {
    std::error_code ignored;
    if (!fs::exists(folder, ignored)) return;
    ::chmod(folder.c_str(), 0700);
    // A folder has to be opened before it can be entered.
    for (auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied);
         entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->is_directory() && !entry->is_symlink()) ::chmod(entry->path().c_str(), 0700);
    }
    fs::remove_all(folder, ignored);
  } catch (const std::exception&) {
    return;  // the next start tries again
  }
}

void unpack_package(const std::string& zip, const std::string& folder, const std::string& unfinished_name) {
  if (fs::exists(folder)) return;
  const std::vector<aws::ZipEntry> entries =
      aws::read_zip(zip, {entries_max, static_cast<std::uint64_t>(unpacked_bytes_max)});
  const std::string parent = fs::path(folder).parent_path().string();
  make_folders(parent);
  const std::string unfinished = parent + "/" + unfinished_name;
  try {
    make_folders(unfinished);
    for (const aws::ZipEntry& entry : entries) {
      const fs::path path = fs::path(unfinished) / entry.name;
      fs::create_directories(entry.is_folder() ? path : path.parent_path());
      if (!entry.is_folder()) write_file(path.string(), entry);
    }
    // Renamed first: a folder that may not be written to cannot be moved by everyone.
    fs::rename(unfinished, folder);
    close_folders(folder);
  } catch (const fs::filesystem_error& error) {
    remove_folder(unfinished);
    // Another call has unpacked the same package in the meantime.
    if (fs::exists(folder)) return;
    throw Error(ErrorKind::unavailable, std::string("not unpacked: ") + error.code().message())
        .with_resource(folder);
  } catch (const Error&) {
    remove_folder(unfinished);
    throw;
  }
}

}  // namespace s3dr::services
