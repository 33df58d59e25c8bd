// Is there a trail that tells EventBridge of bucket calls? Without one the rule on CloudTrail calls never
// fires, and only the sweep finds a tag. Reads only.
#pragma once

#include <string>

#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::deploy {

struct TrailCheck {
  bool usable = false;
  std::string trail;  // the one that is; else empty
  std::string why;    // what is missing, trail by trail
};

// In the region of the client. A trail is usable when it logs, covers the region, and includes management
// events that write.
Task<TrailCheck> check_trail(client::ServiceClient& client);

// What a person does about it; for the plan's warnings.
std::string trail_advice(const TrailCheck& check, const std::string& region);

}  // namespace s3dr::deploy
