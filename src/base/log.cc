#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

namespace s3dr {
namespace {

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\\' || c == 0x7f) return true;
  }
  return false;
}

void append_value(std::string& line, std::string_view value) {
  if (!needs_quotes(value)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      line += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      line += c;
    }
  }
  line += '"';
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class SpdLog : public Log {
 public:
  SpdLog(spdlog::sink_ptr sink, LogLevel lowest) : logger_("s3dr", std::move(sink)) {
    logger_.set_level(level_of(lowest));
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                                                                      spdlog::pattern_time_type::utc));
    logger_.flush_on(spdlog::level::debug);
  }

  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override {
    if (!logger_.should_log(level_of(level))) return;
    std::string line(event);
    for (const LogField& field : fields) {
      line += ' ';
      line += field.name;
      line += '=';
      append_value(line, field.value);
    }
    logger_.log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  spdlog::logger logger_;
};

class NullLog : public Log {
 public:
  void write(LogLevel, std::string_view, const std::vector<LogField>&) override {}
};

}  // namespace

std::unique_ptr<Log> make_stderr_log(LogLevel lowest) {
  return std::make_unique<SpdLog>(std::make_shared<spdlog::sinks::stderr_sink_st>(), lowest);
}

std::unique_ptr<Log> make_null_log() {
  return std::make_unique<NullLog>();
}

}  // namespace s3dr
