// Whether the policy of a function or queue lets a service hand something over.
// Part of cloud/services/common/targets.h.
#pragma once

#include <optional>
#include <string>

#include "cloud/services/common/targets.h"

namespace s3dr::services {

// The policy of the function or queue with that ARN. "": it has none.
// nullopt: this region has no such target.
std::optional<std::string> target_policy(cloud::Connection& db, const std::string& target_arn);

// Also true when there is no such target: the delivery finds that out.
bool target_lets_in(cloud::Connection& db, const Delivery& delivery, Instant now);

// The name, in policies, of the action that hands something to a target of that service ("sqs", "lambda").
std::string delivery_action(std::string_view service);

}  // namespace s3dr::services
