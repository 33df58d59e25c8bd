// START HERE. The services of the embedded cloud, put together: what a region is made with.
#pragma once

#include "cloud/service.h"
#include "services/cloudwatch_service.h"
#include "services/sns_delivery.h"

namespace s3dr::services {

struct ServicesOptions {
  std::string folder;  // of the region, for unpacked functions; empty: functions cannot run
  SnsRetryOptions sns_retries;
  CloudWatchOptions cloudwatch;
};

cloud::RegionServices region_services(ServicesOptions options);

}  // namespace s3dr::services
