#include "services/services.h"

#include <utility>

#include "services/cloudwatch_alarms.h"
#include "services/cloudwatch_service.h"
#include "services/metric_store.h"
#include "services/sns_service.h"
#include "services/sns_store.h"
#include "services/sqs_service.h"
#include "services/tagging_service.h"
#include "services/targets.h"

namespace s3dr::services {

cloud::RegionServices region_services(ServicesOptions options) {
  cloud::RegionServices result;
  for (const std::string_view schema : {targets_schema, metrics_schema, sns_schema, alarms_schema})
    result.schema += schema;
  result.bodies_in_use = {"SELECT code FROM lambda_function WHERE code <> ''"};
  result.make = [options](cloud::RegionContext& region) {
    std::vector<std::unique_ptr<cloud::Service>> made;
    made.push_back(make_sqs_service(region));
    made.push_back(make_sns_service(region, options.sns_retries));
    made.push_back(make_cloudwatch_service(region, options.cloudwatch));
    made.push_back(make_tagging_service(region));
    return made;
  };
  return result;
}

}  // namespace s3dr::services
