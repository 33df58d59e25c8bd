#include "lambda/json_log.h"

#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <utility>

#include "base/encoding.h"
#include "base/http_message.h"
#include "base/utf8.h"

namespace s3dr::lambda {
namespace {

constexpr std::size_t value_bytes_max = 4096;

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "DEBUG";
    case LogLevel::info:
      return "INFO";
    case LogLevel::warning:
      return "WARN";
    case LogLevel::error:
      return "ERROR";
  }
  return "ERROR";
}

}  // namespace

std::string readable(std::string_view text) {
  return cut_text(text, value_bytes_max);
}

JsonLog::JsonLog(Clock& clock, LogLevel lowest, std::function<void(const std::string&)> sink,
                 std::vector<LogField> always)
    : clock_(clock), lowest_(lowest), sink_(std::move(sink)), always_(std::move(always)) {}

namespace {

void add_fields(boost::json::object& line, const std::vector<LogField>& fields) {
  for (const LogField& field : fields) line[field.name] = readable(field.value);
}

}  // namespace

void JsonLog::write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  if (level < lowest_) return;
  boost::json::object line = {
      {"timestamp", to_iso8601(clock_.now())}, {"level", name_of(level)}, {"message", readable(event)}};
  if (!request_id_.empty()) line["request_id"] = readable(request_id_);
  add_fields(line, always_);
  add_fields(line, fields);
  sink_(boost::json::serialize(line) + "\n");
}

void JsonLog::count(std::string_view metric, std::string_view event, const std::vector<LogField>& fields) {
  const Instant now = clock_.now();
  boost::json::object line = {
      {"timestamp", to_iso8601(now)}, {"level", name_of(LogLevel::warning)}, {"message", readable(event)}};
  if (!request_id_.empty()) line["request_id"] = readable(request_id_);
  add_fields(line, always_);
  add_fields(line, fields);
  line["Deployment"] = readable(deployment_);
  line[metric] = 1;
  const boost::json::object counted{{"Name", metric}, {"Unit", "Count"}};
  boost::json::object directive{{"Namespace", metric_namespace}};
  directive["Dimensions"].emplace_array().push_back(boost::json::array{"Deployment"});
  directive["Metrics"].emplace_array().push_back(counted);
  boost::json::object format{{"Timestamp", now.time_since_epoch().count()}};
  format["CloudWatchMetrics"].emplace_array().push_back(std::move(directive));
  line["_aws"] = std::move(format);
  sink_(boost::json::serialize(line) + "\n");
}

void write_to_stdout(const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // standard output is closed, and there is no other place to report that
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  const std::string folded = lower_case(text);
  if (folded == "debug") return LogLevel::debug;
  if (folded == "info") return LogLevel::info;
  if (folded == "warning" || folded == "warn") return LogLevel::warning;
  if (folded == "error") return LogLevel::error;
  return std::nullopt;
}

}  // namespace s3dr::lambda
