// Log lines for CloudWatch Logs: each is one JSON object with the request id of the invocation. A line has at
// most some kilobytes. Bytes that are not UTF-8 become U+FFFD.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace s3dr::lambda {

constexpr const char* metric_namespace = "s3dr";
constexpr const char* blocked_metric = "Blocked";  // a person has to act: the alarm `blocked`

// For JSON that people read: at most some kilobytes, bytes that are not UTF-8 as U+FFFD.
std::string readable(std::string_view text);

class JsonLog : public Log {
 public:
  // `sink` gets whole lines with their line feed. The fields of `always` are in every line; a field of the
  // line with the same name replaces them. `clock` outlives the log.
  JsonLog(Clock& clock, LogLevel lowest, std::function<void(const std::string&)> sink,
          std::vector<LogField> always = {});

  // {"timestamp":…,"level":"INFO","message":…,"request_id":…,fields…}
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override;

  // The same line, which CloudWatch also counts: `metric` 1 in the namespace `s3dr`, by `Deployment`
  // (the embedded metric format). Written whatever the lowest level is.
  void count(std::string_view metric, std::string_view event, const std::vector<LogField>& fields);
  // The dimension of counted lines.
  void set_deployment(std::string deployment) { deployment_ = std::move(deployment); }

  // Every later line carries this request id. Empty: no line carries one.
  void set_request_id(std::string request_id) { request_id_ = std::move(request_id); }
  void set_lowest(LogLevel lowest) { lowest_ = lowest; }
  void set_always(std::vector<LogField> always) { always_ = std::move(always); }

 private:
  Clock& clock_;
  LogLevel lowest_;
  std::function<void(const std::string&)> sink_;
  std::vector<LogField> always_;
  std::string request_id_;
  std::string deployment_ = "s3dr";
};

// Standard output, which Lambda takes line by line.
void write_to_stdout(const std::string& line);

// "debug", "info", "warning" (or "warn"), "error", in any case.
std::optional<LogLevel> parse_log_level(std::string_view text);

}  // namespace s3dr::lambda
