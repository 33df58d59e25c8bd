// Lambda as a region offers it (REST-JSON, 2015-03-31 and later). Functions are run through
// services/function_runner.h; asynchronous invocations wait in services/lambda_queue.h.
#pragma once

#include <memory>

#include "cloud/service.h"
#include "services/function_runner.h"
#include "services/lambda_queue.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_lambda_service(cloud::RegionContext& region,
                                                    std::unique_ptr<FunctionRunner> runner,
                                                    LambdaQueueOptions queue);

}  // namespace s3dr::services
