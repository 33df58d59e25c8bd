#include "cloud/door/access_log.h"

#include <boost/json.hpp>
#include <fstream>

#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::cloud {
namespace {

class FileAccessLog : public AccessLog {
 public:
  explicit FileAccessLog(const std::string& path) : file_(path, std::ios::app | std::ios::binary) {
    if (!file_) throw Error(ErrorKind::invalid, "cannot open the access log").with_resource(path);
  }
  void write(const AccessRecord& record) override {
    file_ << to_json_line(record) + "\n";
    file_.flush();
    if (!file_) file_.clear();
  }

 private:
  std::ofstream file_;
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

std::unique_ptr<AccessLog> make_file_access_log(const std::string& path) {
  return std::make_unique<FileAccessLog>(path);
}

}  // namespace s3dr::cloud
