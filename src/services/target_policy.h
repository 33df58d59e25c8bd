// Whether the policy of a function or queue lets a service hand something over. Part of services/targets.h.
#pragma once

#include "services/targets.h"

namespace s3dr::services {

// True also where there is no such target: that is for who delivers to find out.
bool target_lets_in(cloud::Connection& db, const Delivery& delivery, Instant now);

}  // namespace s3dr::services
