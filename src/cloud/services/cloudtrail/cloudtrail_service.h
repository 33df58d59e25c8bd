// CloudTrail of one region, as far as events need it: which trails are logging and what they record. Only
// management events, and only trails of this region. Log files are not written; the events go to EventBridge.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_cloudtrail_service(cloud::RegionContext& region);

}  // namespace s3dr::services
