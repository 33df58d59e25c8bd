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

// Takes lines in as a function logged them, oldest first. JSON lines lose what differs each time (time, request,
// invocation). Keeps the hundred different texts that came last, however many lines there are.
class ErrorSummary {
 public:
  void add(const std::string& line);
  // At most `errors_max`, those that came last, newest last.
  std::vector<LastError> last(std::size_t errors_max) const;

 private:
  std::vector<LastError> errors_;
};

}  // namespace s3dr::deploy
