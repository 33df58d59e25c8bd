// The Resource Groups Tagging API. Only GetResources: the caller's resources of this region, with their tags.
// It knows buckets, topics, queues, functions and alarms.
// A resource that never had a tag is not listed, as on AWS.
// Answered with 501: GetTagKeys, GetTagValues, TagResources and the others.
// Each service tags its own resources.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_tagging_service(cloud::RegionContext& region);

}  // namespace s3dr::services
