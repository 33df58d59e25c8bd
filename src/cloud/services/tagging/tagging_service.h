// The Resource Groups Tagging API, GetResources alone: which of the caller's resources of this region carry
// which tags. It knows buckets, topics, queues, functions and alarms; what never had a tag is not listed, as
// on AWS. GetTagKeys, GetTagValues, TagResources and the others answer 501: each service tags its own.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_tagging_service(cloud::RegionContext& region);

}  // namespace s3dr::services
