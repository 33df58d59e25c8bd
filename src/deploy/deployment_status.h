// The health of a deployment: its functions and their last errors, the messages in its dead letter queues and
// why they are there, its alarms. Reads only: messages stay in the queues.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "client/services/service_client.h"
#include "deploy/dead_letters.h"
#include "deploy/last_errors.h"
#include "deploy/resources/settings.h"
#include "deploy/trail_check.h"

namespace s3dr::deploy {

struct FunctionStatus {
  std::string name;
  std::string place;  // "us-east-2"; "444455556666/us-east-2" where two accounts share a region
  std::string state;  // "Active"; "absent"; "stopped: reserved concurrency 0"; "unknown: …"
  std::string last_modified;
  std::vector<LastError> last_errors;  // errors and warnings of the last day, at most five, newest last
  std::string errors_unread;           // not empty: there are more than are looked at, and which were
};

struct AlarmStatus {
  std::string name, place;
  std::string state;  // "OK", "ALARM", "INSUFFICIENT_DATA"; "absent": declared, and not there
  std::string reason;
  std::string missing_data;  // what the alarm makes of missing data: "notBreaching", "ignore", …
  bool declared = false;     // false: somebody else's, with a name like ours
};

struct DeploymentStatus {
  std::vector<FunctionStatus> functions;
  std::vector<QueueStatus> queues;
  std::vector<AlarmStatus> alarms;
  TrailCheck trail;  // of the source's region
  // Of each destination's place.
  struct ReplicaTrail {
    std::string place;
    TrailCheck trail;
  };
  std::vector<ReplicaTrail> replica_trails;
  // True: every function is active, there is no dead letter, every declared alarm is there and quiet, no other alarm
  // of these names rings, and in each region a trail tells of bucket calls. What is not known is not healthy.
  bool healthy() const;
};

Task<DeploymentStatus> read_status(Places places, Settings settings, Clock& clock);

boost::json::object to_json(const DeploymentStatus& status);

}  // namespace s3dr::deploy
