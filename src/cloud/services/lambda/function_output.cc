#include "cloud/services/lambda/function_output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/encoding.h"
#include "base/utf8.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t tail_bytes_max = 4096;
constexpr std::size_t line_bytes_max = 256 * 1024;
// Bytes read at a time: as much as a pipe holds.
// So one read gets all that a process wrote before it answered or ended.
constexpr std::size_t drained_bytes_max = 64 * 1024;

}  // namespace

FunctionOutput::FunctionOutput(Clock& clock, LogWriter& logs, LogDestination destination, bool json_logs)
    : clock_(clock), logs_(&logs), destination_(std::move(destination)), json_logs_(json_logs) {}

bool FunctionOutput::drain(int descriptor) {
  char buffer[16 * 1024];
  std::size_t taken = 0;
  while (taken < drained_bytes_max) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0;
    taken += static_cast<std::size_t>(count);
    partial_line_.append(buffer, static_cast<std::size_t>(count));
    take_lines();
  }
  return true;
}

void FunctionOutput::take_lines() {
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = partial_line_.find('\n', begin);
    const std::size_t there = std::min(end, partial_line_.size()) - begin;
    if (end == std::string::npos && there <= line_bytes_max) break;
    const std::size_t length = std::min(there, line_bytes_max);
    line(partial_line_.substr(begin, length));
    begin += length + (begin + length == end ? 1 : 0);
  }
  partial_line_.erase(0, begin);
}

void FunctionOutput::end_line() {
  if (!partial_line_.empty()) line(std::exchange(partial_line_, ""));
}

void FunctionOutput::line(std::string text) {
  text = as_utf8(text) + "\n";
  tail_ += text;
  if (tail_.size() > tail_bytes_max) tail_.erase(0, tail_.size() - tail_bytes_max);
  if (logs_ != nullptr) logs_->append(destination_, clock_.now(), std::move(text));
}

void FunctionOutput::platform_line(std::string text, std::string_view type, json::object record) {
  if (json_logs_)
    text = json::serialize(
        json::object{{"time", to_iso8601(clock_.now())}, {"type", type}, {"record", std::move(record)}});
  line(std::move(text));
}

}  // namespace s3dr::services
