// The filter patterns of CloudWatch Logs that are plain text. Pure.
//   term, "a phrase"   the message must contain all of these
//   ?term              the message must contain at least one of these
//   -term              the message must contain none of these
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace s3dr::services {

class LogFilter {
 public:
  // An empty pattern matches everything. Raises ServiceError: InvalidParameterException (a quotation mark is
  // not closed), UnsupportedOperationException (JSON, column and regular-expression patterns).
  static LogFilter parse(std::string_view pattern);
  bool matches(std::string_view message) const;  // case-sensitive

 private:
  std::vector<std::string> all_, any_, none_;
};

}  // namespace s3dr::services
