#include "services/services.h"

#include <utility>

#include "services/cloudtrail_service.h"
#include "services/cloudtrail_store.h"
#include "services/cloudwatch_alarms.h"
#include "services/cloudwatch_service.h"
#include "services/events_service.h"
#include "services/events_store.h"
#include "services/function_role.h"
#include "services/iam_service.h"
#include "services/lambda_service.h"
#include "services/lambda_versions.h"
#include "services/logs_store.h"
#include "services/metric_store.h"
#include "services/process_runner.h"
#include "services/sns_service.h"
#include "services/sns_store.h"
#include "services/sqs_service.h"
#include "services/sts_service.h"
#include "services/tagging_service.h"
#include "services/targets.h"

namespace s3dr::services {

cloud::RegionServices region_services(ServicesOptions options) {
  cloud::RegionServices result;
  for (const std::string_view schema : {targets_schema, lambda_versions_schema, metrics_schema, alarms_schema,
                                        sns_schema, events_schema, cloudtrail_schema, logs_schema})
    result.schema += schema;
  result.bodies_in_use = {"SELECT code FROM lambda_function WHERE code <> ''",
                          "SELECT code FROM lambda_version"};
  result.make = [options = std::move(options)](cloud::RegionContext& region) {
    std::vector<std::unique_ptr<cloud::Service>> made;
    made.push_back(make_iam_service(region));
    made.push_back(make_sts_service(region));
    made.push_back(make_sqs_service(region));
    made.push_back(make_sns_service(region, options.sns_retries));
    made.push_back(make_events_service(region));
    made.push_back(make_cloudtrail_service(region));
    made.push_back(make_cloudwatch_service(region, options.cloudwatch));
    made.push_back(make_tagging_service(region));
    made.push_back(make_logs_service(region, options.logs));
    ProcessRunnerOptions functions = options.functions;
    if (!functions.credentials) functions.credentials = function_credentials;
    if (!functions.why_not_log) functions.why_not_log = why_role_may_not_log;
    auto runner = options.make_runner ? options.make_runner(region)
                                      : make_process_runner(region, options.folder, std::move(functions));
    made.push_back(make_lambda_service(region, std::move(runner), options.invocations));
    return made;
  };
  return result;
}

}  // namespace s3dr::services
