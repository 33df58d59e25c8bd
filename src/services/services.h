// START HERE. The services of the embedded cloud, put together: what a region is made with.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloud/service.h"
#include "services/sns_service.h"

namespace s3dr::services {

struct ServicesOptions {
  std::string folder;  // of the region, for unpacked functions; empty: functions cannot run
  SnsRetryOptions sns_retries;
};

cloud::RegionServices region_services(ServicesOptions options);

}  // namespace s3dr::services
