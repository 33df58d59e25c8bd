// The filter patterns of CloudWatch Logs that are plain text: terms and quoted phrases, all of which must be
// in the message; "?term" one of which must, "-term" none of which may. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace s3dr::services {

class LogFilter {
 public:
  // An empty pattern matches everything. Raises ServiceError: InvalidParameterException (a quotation mark
  // without its end), UnsupportedOperationException (JSON, column and regular-expression patterns).
  static LogFilter parse(std::string_view pattern);
  bool matches(std::string_view message) const;  // case counts

 private:
  std::vector<std::string> all_, any_, none_;
};

}  // namespace s3dr::services
