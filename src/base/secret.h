// A text that must never reach a log, an error or a report. It has no operator<<, no formatter and no
// conversion.
#pragma once

#include <string>
#include <utility>

namespace s3dr {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  // The only way to the value. Every call of it is a place to review.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = delete;  // compare with constant_time_equal (base/encoding.h)

 private:
  std::string value_;
};

}  // namespace s3dr
