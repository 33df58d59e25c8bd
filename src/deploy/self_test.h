// Whether the deployment works: the patterns of its rules against events, every function once, and everything
// through the doors that AWS's services use (doors.h). All events are about a bucket of our own, which
// every function ignores. So nothing is changed.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "deploy/doors.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/settings.h"

namespace s3dr::deploy {

struct SelfTestOptions {
  std::string id;              // ties the log lines of the run together
  bool through_trail = false;  // also tag a bucket of our own, and wait for the trail's event of it
  DoorTimes times;
};

// Raises what the services themselves answer (denied, unavailable); a function that fails, or that nothing
// reaches, is a step that failed.
Task<std::vector<SelfTestStep>> self_test(Places places, Settings settings, Clock& clock,
                                          SelfTestOptions options);

}  // namespace s3dr::deploy
