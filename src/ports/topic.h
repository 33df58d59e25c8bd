// Where a function hands the work to the next one: an SNS topic on AWS, a queue in process under `serve`.
// At least once, in any order.
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
