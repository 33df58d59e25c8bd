// Structured log lines: an event text and fields. A Log is passed as an argument, it is never global. A
// secret cannot be logged (base/secret.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr {

enum class LogLevel { debug, info, warning, error };

struct LogField {
  std::string name;
  std::string value;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) = 0;

  void debug(std::string_view event, const std::vector<LogField>& fields = {}) {
    write(LogLevel::debug, event, fields);
  }
  void info(std::string_view event, const std::vector<LogField>& fields = {}) {
    write(LogLevel::info, event, fields);
  }
  void warning(std::string_view event, const std::vector<LogField>& fields = {}) {
    write(LogLevel::warning, event, fields);
  }
  void error(std::string_view event, const std::vector<LogField>& fields = {}) {
    write(LogLevel::error, event, fields);
  }
};

// Writes to standard error. A line: "2026-08-01T10:15:00.000Z info  replica bucket created bucket=a-dr
// region=us-east-2". Values with blanks, quotes or control characters are written as JSON strings.
std::unique_ptr<Log> make_stderr_log(LogLevel lowest);
std::unique_ptr<Log> make_null_log();

}  // namespace s3dr
