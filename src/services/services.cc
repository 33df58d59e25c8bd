#include "services/services.h"

#include <utility>

#include "services/iam_service.h"
#include "services/sts_service.h"
#include "services/targets.h"

namespace s3dr::services {

cloud::RegionServices region_services(ServicesOptions) {
  cloud::RegionServices result;
  for (const std::string_view schema : {targets_schema}) result.schema += schema;
  result.make = [](cloud::RegionContext& region) {
    std::vector<std::unique_ptr<cloud::Service>> made;
    made.push_back(make_iam_service(region));
    made.push_back(make_sts_service(region));
    return made;
  };
  return result;
}

}  // namespace s3dr::services
