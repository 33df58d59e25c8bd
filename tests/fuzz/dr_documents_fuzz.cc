// libFuzzer: the documents that come from outside: event, record, message, queue of jobs, options of our rule, report of a job. Any bytes either give a value that survives a
// round trip, or an s3dr::Error of the promised kind; an event never raises.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "dr/job_queue.h"
#include "dr/messages/event.h"
#include "dr/messages/message.h"
#include "dr/record.h"
#include "dr/rule_options.h"
#include "s3/batch_report.h"

namespace {

using namespace s3dr;

void check(bool holds) {
  if (!holds) std::abort();
}

void try_record(std::string_view text) {
  try {
    const dr::Record record = dr::parse_record(text);
    check(dr::parse_record(dr::to_json(record)) == record);
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported);
  }
}

void try_message(std::string_view text) {
  try {
    const dr::Message message = dr::parse_message(text);
    check(dr::parse_message(dr::to_json(message)) == message);
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::invalid);
  }
}

void try_queue(std::string_view text) {
  try {
    const dr::JobQueue queue = dr::parse_job_queue(text);
    check(dr::parse_job_queue(dr::to_json(queue)) == queue);
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported);
  }
}

void try_rule_options(std::string_view text) {
  try {
    const dr::RuleOptions options = dr::parse_rule_options(text);
    check(dr::parse_rule_options(dr::to_json(options)) == options);
    (void)dr::why_invalid(options, true);
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::invalid);
  }
}

// Read whole, or byte by byte: the same rows, or the same refusal.
std::optional<std::vector<s3::ReportRow>> rows_of(std::string_view text, std::size_t piece) {
  std::vector<s3::ReportRow> rows;
  const auto take = [&](s3::ReportRow row) { rows.push_back(std::move(row)); };
  try {
    s3::ReportReader reader;
    for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece), take);
    reader.finish(take);
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::corrupt);
    return std::nullopt;
  }
  return rows;
}

void try_report(std::string_view text) {
  check(rows_of(text, 1) == rows_of(text, text.size() + 1));
  try {
    s3::parse_report_manifest(text);
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::corrupt);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const dr::EventHint hint = dr::read_event(text);
  check(hint.buckets.empty() != hint.ignored_because.empty());
  try_record(text);
  try_message(text);
  try_queue(text);
  try_rule_options(text);
  try_report(text);
  return 0;
}
