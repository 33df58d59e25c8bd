// Whether the policy of a function or queue lets a service hand something over. Part of cloud/services/common/targets.h.
#pragma once

#include <optional>
#include <string>

#include "cloud/services/common/targets.h"

namespace s3dr::services {

// The policy of the function or queue of that ARN, "": it has none; nullopt: there is no such target here.
std::optional<std::string> target_policy(cloud::Connection& db, const std::string& target_arn);

// True also where there is no such target: that is for who delivers to find out.
bool target_lets_in(cloud::Connection& db, const Delivery& delivery, Instant now);

// What handing something to a target of that service ("sqs", "lambda") is called in policies.
std::string delivery_action(std::string_view service);

}  // namespace s3dr::services
