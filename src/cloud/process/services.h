// START HERE. The services of the embedded cloud, put together: what a region is made with.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloud/service.h"
#include "services/cloudwatch_service.h"
#include "services/function_runner.h"
#include "services/lambda_queue.h"
#include "services/logs_service.h"
#include "services/process_runner.h"
#include "services/sns_delivery.h"

namespace s3dr::services {

struct ServicesOptions {
  std::string folder;  // of the region, for unpacked functions; empty: functions cannot run
  SnsRetryOptions sns_retries;
  CloudWatchOptions cloudwatch;
  LambdaQueueOptions invocations;
  ProcessRunnerOptions functions;
  LogsOptions logs;
  // What runs functions instead of processes; for tests.
  std::function<std::unique_ptr<FunctionRunner>(cloud::RegionContext&)> make_runner;
};

cloud::RegionServices region_services(ServicesOptions options);

}  // namespace s3dr::services
