// libFuzzer: the three JSON documents that come from outside. Any bytes either give a value that survives a
// round trip, or an s3dr::Error of the promised kind; an event never raises.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "dr/event.h"
#include "dr/message.h"
#include "dr/record.h"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const dr::EventHint hint = dr::read_event(text);
  check(hint.buckets.empty() != hint.ignored_because.empty());
  try_record(text);
  try_message(text);
  return 0;
}
