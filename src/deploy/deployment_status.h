// The health of a deployment: its functions and their last errors, the messages in its dead letter queues and
// why they are there, its alarms. Reads only: messages stay in the queues.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "client/services/service_client.h"
#include "deploy/last_errors.h"
#include "deploy/resources/settings.h"
#include "deploy/trail_check.h"

namespace s3dr::deploy {

struct FunctionStatus {
  std::string name, region;
  std::string state;  // "Active"; "absent"; "stopped: reserved concurrency 0"
  std::string last_modified;
  std::vector<LastError> last_errors;  // errors and warnings of the last day, at most five, newest last
};

struct DeadLetter {
  std::string from;    // the rule, the topic or the function that gave up
  std::string reason;  // "NO_PERMISSIONS: …", "Unhandled: …"
  std::string body;    // its beginning
};

struct QueueStatus {
  std::string name, region;
  std::int64_t messages = -1;       // approximately; -1: there is no such queue
  std::vector<DeadLetter> letters;  // some of them
};

struct AlarmStatus {
  std::string name, region, state, reason;
};

struct DeploymentStatus {
  std::vector<FunctionStatus> functions;
  std::vector<QueueStatus> queues;
  std::vector<AlarmStatus> alarms;
  TrailCheck trail;          // of the source's region
  TrailCheck replica_trail;  // of the destination's region
  // True: every function is active, there is no dead letter and no alarm, and in each region a trail tells of
  // bucket calls.
  bool healthy() const;
};

Task<DeploymentStatus> read_status(SideAccess source, SideAccess destination, Settings settings,
                                   Clock& clock);

boost::json::object to_json(const DeploymentStatus& status);

}  // namespace s3dr::deploy
