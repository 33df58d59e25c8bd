#include "demo/demo_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "app/command.h"

namespace s3dr::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* mark = "made-by-s3dr-demo";
constexpr const char* earlier = "earlier-runs";

Error in_use(const std::string& path) {
  return Error(ErrorKind::unavailable, "a demo, or the cloud it left, is running in this folder")
      .with_resource(path)
      .with_advice("stop it, or take another folder with --data");
}

int open_and_lock(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0)
    throw Error(ErrorKind::invalid, "the folder cannot be used: " + std::generic_category().message(errno))
        .with_resource(path);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    throw in_use(fs::path(path).parent_path().string());
  }
  return file;
}

std::string read_use(int file) {
  char text[64];
  const ssize_t count = ::pread(file, text, sizeof text, 0);
  return std::string(text, count > 0 ? static_cast<std::size_t>(count) : 0);
}

// Last of all: a folder whose emptying was interrupted still says what it was.
void write_use(int file, const std::string& use) {
  if (::ftruncate(file, 0) == 0 &&
      ::pwrite(file, use.data(), use.size(), 0) == static_cast<ssize_t>(use.size()))
    return;
  throw Error(ErrorKind::invalid, "the folder cannot be marked: " + std::generic_category().message(errno));
}

// Everything but the mark goes into the folder of what is to be removed.
void move_aside(const std::string& path) {
  const std::string aside = path + "/" + earlier;
  fs::create_directory(aside);
  std::string target;
  for (int number = 0; target.empty() || fs::exists(target); ++number)
    target = aside + "/" + std::to_string(number);
  fs::create_directory(target);
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) entries.push_back(entry.path());
  for (const fs::path& entry : entries) {
    if (entry.filename() != mark && entry.filename() != earlier)
      fs::rename(entry, fs::path(target) / entry.filename());
  }
}

// What resists is left; it is in nobody's way.
void remove_tree(const fs::path& path, const std::stop_token& stop) {
  std::error_code failure;
  for (fs::directory_iterator entry(path, failure); !failure && entry != fs::directory_iterator();
       entry.increment(failure)) {
    if (stop.stop_requested()) return;
    std::error_code ignored;
    if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
      remove_tree(entry->path(), stop);
    } else {
      fs::remove(entry->path(), ignored);
    }
  }
  if (!stop.stop_requested()) fs::remove(path, failure);
}

}  // namespace

DemoFolder::DemoFolder(const std::string& path, const std::string& use, bool keep)
    : path_(fs::absolute(path).lexically_normal().string()) {
  if (path_.ends_with('/')) path_.pop_back();
  std::error_code failure;
  const bool marked = fs::is_regular_file(fs::symlink_status(path_ + "/" + mark, failure));
  if (!marked && fs::exists(path_) && !(fs::is_directory(path_) && fs::is_empty(path_))) {
    throw UsageError(Error(ErrorKind::invalid, "there is something here that no demo has made")
                         .with_resource(path_)
                         .with_advice("take another folder with --data"));
  }
  fs::create_directories(path_, failure);
  ::chmod(path_.c_str(), 0700);  // keys are in it
  lock_ = open_and_lock(path_ + "/" + mark);
  try {
    if (!marked) {
      write_use(lock_, use);
      return;
    }
    ::close(open_and_lock(path_ + "/supervisor.lock"));  // a cloud that was started here afterwards
    kept_ = keep && read_use(lock_) == use;
    if (!kept_) {
      move_aside(path_);
      write_use(lock_, use);
    }
  } catch (...) {
    ::close(lock_);
    throw;
  }
  removing_ =
      std::jthread([aside = path_ + "/" + earlier](std::stop_token stop) { remove_tree(aside, stop); });
}

DemoFolder::~DemoFolder() {
  removing_ = {};
  ::close(lock_);
}

}  // namespace s3dr::app
