// Lambda as a region offers it (REST-JSON, 2015-03-31 and later). Functions are run through
// cloud/services/lambda/function_runner.h; asynchronous invocations wait in cloud/services/lambda/lambda_queue.h.
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
