// How a function hands a bucket to the next one: an SNS topic on AWS, a queue in the process under `s3dr
// serve`. Delivery is at least once, in any order.
#pragma once

#include <string>

#include "base/task.h"

namespace s3dr::ports {

class Topic {
 public:
  virtual ~Topic() = default;
  virtual Task<> publish(std::string message) = 0;
};

}  // namespace s3dr::ports
