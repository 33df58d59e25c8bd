#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "cloud/store/helper_threads.h"
#include "cloud/store/sqlite_open.h"
#include "cloud/store/storage.h"

namespace s3dr::cloud {
namespace {

namespace fs = std::filesystem;

// Bytes that are gathered before a helper thread writes them. A smaller body is written, synced and renamed
// there in one step.
constexpr std::size_t gathered_max = 256 * 1024;
// fsync waits for the disk, not for a processor.
constexpr std::size_t helper_threads = 4;

[[noreturn]] void raise_errno(std::string_view doing, const std::string& path) {
  const int code = errno;
  if (code == ENOSPC || code == EDQUOT)
    throw Error(ErrorKind::unavailable, "no space left on the disk").with_code("InsufficientStorage");
  throw Error(ErrorKind::unavailable, std::string(doing) + ": " + std::generic_category().message(code))
      .with_resource(path);
}

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

void sync_folder(const std::string& path) {
  const File folder(path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open() || ::fsync(folder.descriptor()) != 0) raise_errno("fsync", path);
}

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) raise_errno("mkdir", path);
}

void write_fully(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) raise_errno("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

// What a helper thread needs of a body being written; removes the file unless it was kept.
struct Writing {
  std::string temporary, folder, final;
  std::unique_ptr<File> file;
  std::string gathered;
  bool kept = false;

  ~Writing() {
    if (file != nullptr && !kept) ::unlink(temporary.c_str());
  }

  void flush() {
    if (file == nullptr) {
      file = std::make_unique<File>(temporary, O_WRONLY | O_CREAT | O_EXCL);
      if (!file->is_open()) raise_errno("create", temporary);
    }
    write_fully(file->descriptor(), gathered, temporary);
    gathered.clear();
  }

  void keep() {
    flush();
    if (::fsync(file->descriptor()) != 0) raise_errno("fsync", temporary);
    make_folder(folder);
    if (::rename(temporary.c_str(), final.c_str()) != 0) raise_errno("rename", final);
    kept = true;
    sync_folder(folder);
  }
};

class FileWriter : public BodyWriter {
 public:
  FileWriter(boost::asio::thread_pool& pool, std::string id, const std::string& root)
      : pool_(pool), id_(std::move(id)), writing_(std::make_shared<Writing>()) {
    writing_->temporary = root + "/tmp/" + id_;
    writing_->folder = root + "/" + id_.substr(0, 2);
    writing_->final = writing_->folder + "/" + id_;
  }

  Task<> write(std::span<const char> bytes) override {
    writing_->gathered.append(bytes.data(), bytes.size());
    if (writing_->gathered.size() < gathered_max) co_return;
    co_await run_on(pool_, [writing = writing_] { writing->flush(); });
  }

  Task<std::string> finish() override {
    co_await run_on(pool_, [writing = writing_] { writing->keep(); });
    co_return id_;
  }

 private:
  boost::asio::thread_pool& pool_;
  std::string id_;
  std::shared_ptr<Writing> writing_;
};

class FileReader : public BodyReader {
 public:
  FileReader(const std::string& path, std::uint64_t offset, std::uint64_t length)
      : path_(path), file_(path, O_RDONLY), position_(offset), left_(length) {
    if (!file_.is_open() && errno != ENOENT) raise_errno("open", path);
    struct stat status{};
    if (!file_.is_open() || ::fstat(file_.descriptor(), &status) != 0 ||
        static_cast<std::uint64_t>(status.st_size) < offset + length)
      throw Error(ErrorKind::corrupt, "a body file is missing or short").with_resource(path);
  }

  // Inline: a read from the page cache is cheaper than a change of threads.
  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), left_);
    if (wanted == 0) co_return 0;
    ssize_t count = -1;
    do {
      count = ::pread(file_.descriptor(), buffer.data(), wanted, static_cast<off_t>(position_));
    } while (count < 0 && errno == EINTR);
    if (count < 0) raise_errno("read", path_);
    if (count == 0)
      throw Error(ErrorKind::corrupt, "a body file is shorter than recorded").with_resource(path_);
    position_ += static_cast<std::uint64_t>(count);
    left_ -= static_cast<std::uint64_t>(count);
    co_return static_cast<std::size_t>(count);
  }

 private:
  std::string path_;
  File file_;
  std::uint64_t position_, left_;
};

class FileBodies : public BodyStore {
 public:
  FileBodies(const std::string& folder, Random& random)
      : root_(folder + "/bodies"),
        lock_(folder + "/lock", O_RDWR | O_CREAT),
        random_(random),
        pool_(helper_threads) {
    if (!lock_.is_open()) raise_errno("open", folder + "/lock");
    if (::flock(lock_.descriptor(), LOCK_EX | LOCK_NB) != 0)
      throw Error(ErrorKind::unavailable, "the folder is in use by another process").with_resource(folder);
    make_folder(root_);
    std::error_code ignored;  // what cannot be removed now is tried again at the next start
    fs::remove_all(root_ + "/tmp", ignored);
    make_folder(root_ + "/tmp");
    // All folders are made now, so that a body's folder is durable before its first file.
    for (const char first : hex_digits)
      for (const char second : hex_digits) make_folder(root_ + "/" + first + second);
    sync_folder(root_);
    sync_folder(folder);
  }
  ~FileBodies() override { pool_.join(); }

  std::unique_ptr<BodyWriter> create() override {
    return std::make_unique<FileWriter>(pool_, random_.hex(32), root_);
  }
  std::unique_ptr<BodyReader> open(std::string id, std::uint64_t offset, std::uint64_t length) override {
    return std::make_unique<FileReader>(path(id), offset, length);
  }
  void remove(const std::string& id) noexcept override { ::unlink(path(id).c_str()); }
  std::vector<std::string> list() override {
    std::vector<std::string> ids;
    for (const auto& folder : fs::directory_iterator(root_)) {
      if (folder.path().filename() == "tmp") continue;
      for (const auto& file : fs::directory_iterator(folder.path())) ids.push_back(file.path().filename());
    }
    return ids;
  }

 private:
  static constexpr std::string_view hex_digits = "0123456789abcdef";

  std::string path(const std::string& id) const { return root_ + "/" + id.substr(0, 2) + "/" + id; }

  std::string root_;
  File lock_;
  Random& random_;
  boost::asio::thread_pool pool_;
};

class FileStorage : public Storage {
 public:
  FileStorage(std::string folder, Random& random) : folder_(std::move(folder)), random_(random) {
    std::error_code failure;
    fs::create_directories(folder_, failure);
    if (failure || ::chmod(folder_.c_str(), 0700) != 0)
      throw Error(ErrorKind::invalid,
                  "cannot use the folder: " +
                      (failure ? failure : std::error_code(errno, std::generic_category())).message())
          .with_resource(folder_);
  }

  // Only the caller of bodies() owns the folder: every region opens the global plane's database.
  BodyStore& bodies() override {
    if (bodies_ == nullptr) bodies_ = std::make_unique<FileBodies>(folder_, random_);
    return *bodies_;
  }

  sqlite3* open_database() override {
    const std::string path = folder_ + "/database.sqlite3";
    {
      // 0600, as it holds secrets. Never opens a file that is there:
      // closing it would drop SQLite's own locks.
      const File made(path, O_RDWR | O_CREAT | O_EXCL);
      if (!made.is_open() && errno != EEXIST) raise_errno("create", path);
    }
    return open_sqlite("file:" + uri_encode(path, Slash::keep),
                       "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL");
  }

  bool threaded() const override { return true; }

 private:
  std::string folder_;
  Random& random_;
  std::unique_ptr<FileBodies> bodies_;
};

}  // namespace

std::unique_ptr<Storage> make_file_storage(std::string folder, Random& random) {
  return std::make_unique<FileStorage>(std::move(folder), random);
}

}  // namespace s3dr::cloud
