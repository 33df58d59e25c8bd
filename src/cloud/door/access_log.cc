#include "cloud/door/access_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::cloud {
namespace {

class FileAccessLog : public AccessLog {
 public:
  FileAccessLog(std::string path, AccessLogLimits limits) : path_(std::move(path)), limits_(limits) {
    if (!open())
      throw Error(ErrorKind::invalid, "cannot open the access log: " + std::generic_category().message(errno))
          .with_resource(path_);
  }
  ~FileAccessLog() override { close(); }
  FileAccessLog(const FileAccessLog&) = delete;
  FileAccessLog& operator=(const FileAccessLog&) = delete;

  void write(const AccessRecord& record) override {
    const std::string line = to_json_line(record) + "\n";
    if (size_ > 0 && size_ + line.size() > limits_.file_bytes_max) rotate();
    if (file_ < 0 && !open()) return;
    // Lost when the disk is full. Half a line would spoil the next one.
    const ssize_t count = ::write(file_, line.data(), line.size());
    if (count == static_cast<ssize_t>(line.size()))
      size_ += line.size();
    else if (count > 0) [[maybe_unused]]
      const int cut = ::ftruncate(file_, static_cast<off_t>(size_));
  }

 private:
  bool open() {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat status{};
    if (file_ < 0 || ::fchmod(file_, 0600) != 0 || ::fstat(file_, &status) != 0) return false;
    size_ = static_cast<std::uint64_t>(status.st_size);
    return true;
  }

  void close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }

  std::string older(int number) const { return path_ + "." + std::to_string(number); }

  void rotate() {
    close();
    for (int number = limits_.older_files; number > 1; --number)
      ::rename(older(number - 1).c_str(), older(number).c_str());
    if (limits_.older_files > 0)
      ::rename(path_.c_str(), older(1).c_str());
    else
      ::unlink(path_.c_str());
    open();
  }

  std::string path_;
  AccessLogLimits limits_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

// Header values are any bytes; JSON is UTF-8.
std::string shown(const std::string& text) {
  std::string result;
  for (const char c : text.substr(0, 256)) {
    const bool plain = c >= 0x20 && c < 0x7F;
    result += plain ? c : '?';
  }
  return result;
}

}  // namespace

std::string to_json_line(const AccessRecord& record) {
  boost::json::object line;
  line["time"] = to_iso8601(record.time);
  line["request_id"] = record.request_id;
  line["account"] = record.account;
  line["operation"] = record.operation;
  line["method"] = shown(record.method);
  line["bucket"] = shown(record.bucket);
  line["key"] = record.key;
  line["status"] = record.status;
  if (!record.error_code.empty()) line["error_code"] = record.error_code;
  line["payload_mode"] = shown(record.payload_mode);
  if (record.bytes_in) line["bytes_in"] = *record.bytes_in;
  if (record.bytes_out) line["bytes_out"] = *record.bytes_out;
  line["duration_ms"] = record.duration.count();
  line["tls"] = record.tls;
  line["presigned"] = record.presigned;
  line["source_address"] = shown(record.source_address);
  line["user_agent"] = shown(record.user_agent);
  return boost::json::serialize(line);
}

bool is_read(const AccessRecord& record) {
  for (const std::string_view verb : {"Get", "Head", "List", "Describe"}) {
    if (record.operation.starts_with(verb)) return true;
  }
  return false;
}

std::unique_ptr<AccessLog> make_file_access_log(const std::string& path, AccessLogLimits limits) {
  return std::make_unique<FileAccessLog>(path, limits);
}

}  // namespace s3dr::cloud
