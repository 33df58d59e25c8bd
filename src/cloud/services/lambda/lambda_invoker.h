// Between who wants a function run (Invoke, the queue) and what runs it: states, reserved concurrency.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cloud/services/lambda/function_runner.h"
#include "cloud/services/lambda/lambda_store.h"
#include "cloud/services/metrics/metric_store.h"
#include "cloud/store/context.h"

namespace s3dr::services {

class FunctionInvoker {
 public:
  FunctionInvoker(cloud::RegionContext& region, FunctionRunner& runner) : region_(region), runner_(runner) {}
  // Raises ServiceError: ResourceConflictException (409: not active yet, or never will be),
  // TooManyRequestsException (429: reserved concurrency, no room), ServiceException (500), and the role's
  // refusals (KMS aside, AccessDeniedException 403).
  // What ran, and what was throttled, is in the metrics (AWS/Lambda) on return.
  Task<InvocationResult> invoke(FunctionRow function, Invocation invocation);

 private:
  Task<InvocationResult> admitted(const FunctionRow& function, Invocation invocation);
  Task<> record(const FunctionRow& function, std::map<std::string, StatisticSet> metrics);

  cloud::RegionContext& region_;
  FunctionRunner& runner_;
  std::map<std::int64_t, std::int64_t> running_;  // by function
};

}  // namespace s3dr::services
