// Is there a trail that tells EventBridge of bucket calls? Without one in the source's region, the rule on
// CloudTrail calls never fires and only the sweep finds a tag. Without one in the destination's region, only the
// sweep finds out what happened to a replica. Reads only.
#pragma once

#include <string>

#include "base/task.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/resource.h"

namespace s3dr::deploy {

struct TrailCheck {
  bool usable = false;
  std::string trail;  // the usable one; else empty
  std::string why;    // what is missing, trail by trail
};

// Checks the trails that the side's region sees. A trail is usable when it logs, covers the region, and includes
// management events that write. A trail whose home is in another region of the deployment is asked there: it is not documented
// that its selectors can be read elsewhere.
Task<TrailCheck> check_trail(SideAccess side);

// What a person does about it. For the plan's warnings.
std::string trail_advice(const TrailCheck& check, Side side, const std::string& region);

}  // namespace s3dr::deploy
