// Stands between those who want a function to run (Invoke, the queue) and what runs it. Checks the function's
// state and its reserved concurrency.
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
  // Runs the function. On return the metrics (AWS/Lambda) count it as run or throttled. Raises ServiceError:
  //   409 ResourceConflictException   the function is not active yet, or never will be
  //   429 TooManyRequestsException    reserved concurrency is used up; no room
  //   403 AccessDeniedException       the role is refused
  //   500 ServiceException
  Task<InvocationResult> invoke(FunctionRow function, Invocation invocation);

 private:
  Task<InvocationResult> admitted(const FunctionRow& function, Invocation invocation);
  Task<> record(const FunctionRow& function, std::map<std::string, StatisticSet> metrics);

  cloud::RegionContext& region_;
  FunctionRunner& runner_;
  std::map<std::int64_t, std::int64_t> running_;  // by function
};

}  // namespace s3dr::services
