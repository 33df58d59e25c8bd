// Between who wants a function run (Invoke, the queue) and what runs it: states, reserved concurrency.
#pragma once

#include <cstdint>
#include <map>

#include "services/function_runner.h"
#include "services/lambda_store.h"

namespace s3dr::services {

class FunctionInvoker {
 public:
  explicit FunctionInvoker(FunctionRunner& runner) : runner_(runner) {}
  // Raises ServiceError: ResourceConflictException (409: not active yet, or never will be),
  // TooManyRequestsException (429: reserved concurrency, no room), ServiceException (500), and the role's
  // refusals (KMS aside, AccessDeniedException 403).
  Task<InvocationResult> invoke(FunctionRow function, Invocation invocation);

 private:
  FunctionRunner& runner_;
  std::map<std::int64_t, std::int64_t> running_;  // by function
};

}  // namespace s3dr::services
