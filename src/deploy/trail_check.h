// Is there a trail that tells EventBridge of bucket calls? Without one, the rule on CloudTrail calls never
// fires and only the sweep finds a tag. Reads only.
#pragma once

#include <string>

#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::deploy {

struct TrailCheck {
  bool usable = false;
  std::string trail;  // the usable one; else empty
  std::string why;    // what is missing, trail by trail
};

// Checks the trails in the client's region. A trail is usable when it logs, covers the region, and includes
// management events that write.
Task<TrailCheck> check_trail(client::ServiceClient& client);

// What a person does about it. For the plan's warnings.
std::string trail_advice(const TrailCheck& check, const std::string& region);

}  // namespace s3dr::deploy
