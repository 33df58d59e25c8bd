// A text that must never reach a log, an error or a report. There is no operator<<, no formatter, no
// conversion.
#pragma once

#include <string>
#include <utility>

namespace s3dr {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  // The one way to the value; every call is a place to review.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = delete;  // compare with constant_time_equal (base/encoding.h)

 private:
  std::string value_;
};

}  // namespace s3dr
