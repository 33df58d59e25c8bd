// libFuzzer: the first line is a pattern, the rest an event. Any bytes either give a pattern that answers
// every event, or Error invalid; and a pattern answers alike inside $or.
#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/event_pattern.h"
#include "base/error.h"

namespace {

using s3dr::aws::EventPattern;

void check(bool holds) {
  if (!holds) std::abort();
}

// The pattern as a branch of $or beside one that asks for more of the same: the same answer.
bool matches_as_branch(std::string_view pattern, const boost::json::value& event) {
  const std::string text(pattern);
  try {
    return EventPattern::parse("{\"$or\":[" + text + ",{\"x\":[1],\"$or\":[" + text + "," + text + "]}]}")
        .matches(event);
  } catch (const s3dr::Error& error) {
    // Too long, too deep, too many combinations, or a field named like an operator.
    check(error.kind() == s3dr::ErrorKind::invalid);
    return EventPattern::parse(pattern).matches(event);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view pattern_text = text.substr(0, end);
  try {
    const EventPattern pattern = EventPattern::parse(pattern_text);
    pattern.matches(boost::json::object());
    boost::json::error_code failure;
    const boost::json::value event = boost::json::parse(text.substr(std::min(end + 1, size)), failure);
    if (!failure) check(pattern.matches(event) == matches_as_branch(pattern_text, event));
  } catch (const s3dr::Error& error) {
    check(error.kind() == s3dr::ErrorKind::invalid);
    check(error.message().starts_with("Event pattern is not valid. Reason: "));
  }
  return 0;
}
