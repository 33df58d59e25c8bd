#include "cloud/process/services.h"

#include <utility>

#include "cloud/services/bus/cloudtrail_store.h"
#include "cloud/services/bus/delivery_queue.h"
#include "cloud/services/bus/destination_store.h"
#include "cloud/services/bus/events_store.h"
#include "cloud/services/cloudtrail/cloudtrail_service.h"
#include "cloud/services/cloudwatch/cloudwatch_alarms.h"
#include "cloud/services/cloudwatch/cloudwatch_service.h"
#include "cloud/services/common/targets.h"
#include "cloud/services/events/events_service.h"
#include "cloud/services/iam/iam_service.h"
#include "cloud/services/iam/sts_service.h"
#include "cloud/services/lambda/function_role.h"
#include "cloud/services/lambda/lambda_service.h"
#include "cloud/services/lambda/lambda_versions.h"
#include "cloud/services/lambda/process_runner.h"
#include "cloud/services/logs/logs_store.h"
#include "cloud/services/metrics/metric_store.h"
#include "cloud/services/sns/sns_service.h"
#include "cloud/services/sns/sns_store.h"
#include "cloud/services/sqs/sqs_service.h"
#include "cloud/services/tagging/tagging_service.h"

namespace s3dr::services {

cloud::RegionServices region_services(ServicesOptions options) {
  cloud::RegionServices result;
  for (const std::string_view schema :
       {targets_schema, lambda_versions_schema, metrics_schema, alarms_schema, sns_schema, events_schema,
        destinations_schema, deliveries_schema, cloudtrail_schema, logs_schema})
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
