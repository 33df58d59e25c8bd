// CloudTrail of one region, as far as events need it: trails that are logging, or not, and what they record.
// Management events only; a trail of this region only. Log files are not written: the events reach
// EventBridge.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_cloudtrail_service(cloud::RegionContext& region);

}  // namespace s3dr::services
