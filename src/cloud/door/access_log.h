// One record for each request of the public door, written when the header of the answer is ready. For people,
// and for tests that count reads and writes. It never holds secrets, signatures or bodies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"

namespace s3dr::cloud {

struct AccessRecord {
  Instant time{};
  std::string request_id;
  std::string account;    // empty: not authenticated
  std::string operation;  // "PutObject"; empty: refused before the operation was known
  std::string method;
  std::string bucket;
  std::string key;  // printable
  int status = 0;
  std::string error_code;
  // As in x-amz-content-sha256. A hash is shown as "sha256", a missing header as "".
  std::string payload_mode;
  std::optional<std::uint64_t> bytes_in;   // declared size of the body, decoded
  std::optional<std::uint64_t> bytes_out;  // size of the answer's body
  milliseconds duration{0};
  bool tls = false;
  bool presigned = false;
  std::string source_address;
  std::string user_agent;
};

std::string to_json_line(const AccessRecord& record);  // without the line's end
// True for operations that change nothing: Get*, Head*, List*, Describe*.
bool is_read(const AccessRecord& record);

class AccessLog {
 public:
  virtual ~AccessLog() = default;
  virtual void write(const AccessRecord& record) = 0;
};

// When a file is full it becomes PATH.1, the one before it PATH.2 and so on; the oldest is removed.
struct AccessLogLimits {
  std::uint64_t file_bytes_max = 64ULL * 1024 * 1024;
  int older_files = 3;
};

// Appends JSON lines to a file that only its owner reads (0600). Each line is given to the operating system at once.
// Raises invalid when the file cannot be opened. When the disk is full, lines are lost, but no request fails.
std::unique_ptr<AccessLog> make_file_access_log(const std::string& path, AccessLogLimits limits = {});

}  // namespace s3dr::cloud
