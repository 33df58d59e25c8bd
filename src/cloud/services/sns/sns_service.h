// SNS over the Query protocol:
// - topics and their tags
// - subscriptions of functions and queues of the same account and region
// - Publish with durable deliveries (sns_delivery)
// Answered with 501: other protocols, filter policies, confirmation across accounts, FIFO topics, encryption,
// signatures, AddPermission (set Policy instead).
#pragma once

#include <memory>

#include "cloud/door/service.h"
#include "cloud/services/sns/sns_delivery.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_sns_service(cloud::RegionContext& region, SnsRetryOptions options);

}  // namespace s3dr::services
