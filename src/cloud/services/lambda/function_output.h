// What one execution environment of a function writes, as lines of UTF-8 whatever bytes it prints: they go to its
// log stream, and the last 4 KB are the tail that Invoke can answer with. The process behind it is
// function_environment.h's.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cloud/services/logs/logs_store.h"

namespace s3dr::services {

class FunctionOutput {
 public:
  // `json_logs`: lines of the platform are JSON records instead of texts.
  FunctionOutput(Clock& clock, LogWriter& logs, LogDestination destination, bool json_logs);

  // Reads a limited part of what the process has written, because the region has other work. The descriptor does
  // not block. False: end of the output.
  bool drain(int descriptor);
  // Takes the last line though no end of line follows it. Nothing happens where there is none.
  void end_line();
  void line(std::string text);
  // A line of the platform, such as START: the text, or the record with its type.
  void platform_line(std::string text, std::string_view type, boost::json::object record);

  const std::string& tail() const { return tail_; }
  void clear_tail() { tail_.clear(); }
  const LogDestination& destination() const { return destination_; }
  // The function's role may not write logs: lines are in the tail only.
  void log_nothing() { logs_ = nullptr; }

 private:
  void take_lines();

  Clock& clock_;
  LogWriter* logs_;
  LogDestination destination_;
  bool json_logs_;
  std::string partial_line_, tail_;
};

}  // namespace s3dr::services
