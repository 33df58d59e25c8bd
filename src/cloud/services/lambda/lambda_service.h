// Lambda's API (REST-JSON, 2015-03-31 and later). function_runner.h runs the functions. Asynchronous
// invocations wait in lambda_queue.h.
#pragma once

#include <memory>

#include "cloud/door/service.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/services/lambda/lambda_queue.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_lambda_service(cloud::RegionContext& region,
                                                    std::unique_ptr<FunctionRunner> runner,
                                                    LambdaQueueOptions queue);

}  // namespace s3dr::services
