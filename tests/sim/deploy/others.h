// Resources of other people in the same accounts. Some of their names begin like ours. `s3dr deploy` must
// never change any of them.
#pragma once

#include "sim/world/deployed_cluster.h"

namespace s3dr::sim {

// Makes roles, queues, topics with subscriptions, rules with targets, functions, alarms, log groups, and
// buckets with objects, on both sides. Uses service calls of its own and no code of deploy/.
Task<> make_others(DeployedCluster& deployed);

}  // namespace s3dr::sim
