#include "services/services.h"

#include <utility>

#include "services/function_role.h"
#include "services/iam_service.h"
#include "services/lambda_service.h"
#include "services/logs_store.h"
#include "services/process_runner.h"
#include "services/sts_service.h"
#include "services/targets.h"

namespace s3dr::services {

cloud::RegionServices region_services(ServicesOptions options) {
  cloud::RegionServices result;
  for (const std::string_view schema : {targets_schema, logs_schema}) result.schema += schema;
  result.bodies_in_use = {"SELECT code FROM lambda_function WHERE code <> ''"};
  result.make = [options = std::move(options)](cloud::RegionContext& region) {
    std::vector<std::unique_ptr<cloud::Service>> made;
    made.push_back(make_logs_service(region, options.logs));
    ProcessRunnerOptions functions = options.functions;
    if (!functions.credentials) functions.credentials = function_credentials;
    if (!functions.why_not_log) functions.why_not_log = why_role_may_not_log;
    auto runner = options.make_runner ? options.make_runner(region)
                                      : make_process_runner(region, options.folder, std::move(functions));
    made.push_back(make_lambda_service(region, std::move(runner), options.invocations));
    made.push_back(make_iam_service(region));
    made.push_back(make_sts_service(region));
    return made;
  };
  return result;
}

}  // namespace s3dr::services
