// The list of the services of the embedded cloud: what a region is made with.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloud/door/service.h"
#include "cloud/services/cloudwatch/cloudwatch_service.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/services/lambda/lambda_queue.h"
#include "cloud/services/lambda/process_runner.h"
#include "cloud/services/logs/logs_service.h"
#include "cloud/services/sns/sns_delivery.h"

namespace s3dr::services {

struct ServicesOptions {
  std::string folder;  // the region's folder, for unpacked functions; empty: functions cannot run
  SnsRetryOptions sns_retries;
  CloudWatchOptions cloudwatch;
  LambdaQueueOptions invocations;
  ProcessRunnerOptions functions;
  LogsOptions logs;
  // For tests: makes what runs functions instead of processes.
  std::function<std::unique_ptr<FunctionRunner>(cloud::RegionContext&)> make_runner;
};

cloud::RegionServices region_services(ServicesOptions options);

}  // namespace s3dr::services
