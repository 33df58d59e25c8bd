#include "client/s3/body_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace s3dr::client {
namespace {

class TextRange : public BodyReader {
 public:
  TextRange(std::shared_ptr<const std::string> text, std::uint64_t offset, std::uint64_t length)
      : text_(std::move(text)), position_(std::min<std::uint64_t>(offset, text_->size())) {
    end_ = position_ + std::min<std::uint64_t>(length, text_->size() - position_);
  }

  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), end_ - position_);
    std::memcpy(buffer.data(), text_->data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  std::shared_ptr<const std::string> text_;
  std::uint64_t position_;
  std::uint64_t end_;
};

// Closes the file with its last reader.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw refusal(std::strerror(errno));
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw refusal("it is not a regular file");
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::uint64_t size() const { return size_; }

  std::size_t read(std::span<char> buffer, std::uint64_t offset) const {
    ssize_t count = -1;
    do {
      count = ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      throw Error(ErrorKind::unavailable, std::string("reading the file failed: ") + std::strerror(errno))
          .with_resource(path_);
    }
    if (count == 0) {
      throw Error(ErrorKind::corrupt, "the file became shorter while it was being read").with_resource(path_);
    }
    return static_cast<std::size_t>(count);
  }

 private:
  Error refusal(const std::string& why) const {
    return Error(ErrorKind::invalid, "the file cannot be read: " + why).with_resource(path_);
  }

  std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

class FileRange : public BodyReader {
 public:
  FileRange(std::shared_ptr<const OpenFile> file, std::uint64_t offset, std::uint64_t length)
      : file_(std::move(file)), position_(offset), end_(offset + length) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    if (position_ == end_) co_return 0;
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), end_ - position_);
    const std::size_t count = file_->read(buffer.first(wanted), position_);
    position_ += count;
    co_return count;
  }

 private:
  std::shared_ptr<const OpenFile> file_;
  std::uint64_t position_;
  std::uint64_t end_;
};

}  // namespace

BodySource text_source(std::string text) {
  const auto shared = std::make_shared<const std::string>(std::move(text));
  return {shared->size(),
          [shared](std::uint64_t offset, std::uint64_t length) -> std::unique_ptr<BodyReader> {
            return std::make_unique<TextRange>(shared, offset, length);
          }};
}

BodySource file_source(const std::string& path) {
  const auto file = std::make_shared<const OpenFile>(path);
  return {file->size(), [file](std::uint64_t offset, std::uint64_t length) -> std::unique_ptr<BodyReader> {
            return std::make_unique<FileRange>(file, offset, length);
          }};
}

}  // namespace s3dr::client
