// The last errors of a function, for people: its log lines without time and request, equal ones counted once.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace s3dr::deploy {

struct LastError {
  std::string text;       // "WARN match tag nearly matches bucket=photos"
  std::string at;         // when the last one was logged, ISO 8601; empty: the line does not say
  std::size_t count = 1;  // how many lines say the same
};

// `lines`: as the function logged them, oldest first. JSON lines lose what differs each time (time, request,
// invocation). Returns at most `errors_max`, those that came last, newest last.
std::vector<LastError> summarize_errors(const std::vector<std::string>& lines, std::size_t errors_max);

}  // namespace s3dr::deploy
