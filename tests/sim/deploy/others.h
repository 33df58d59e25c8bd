// What other people have in the same accounts, some of it under names that begin like ours: none of it may
// change, whatever `s3dr deploy` does.
#pragma once

#include "sim/world/deployed_cluster.h"

namespace s3dr::sim {

// Roles, queues, topics with subscriptions, rules with targets, functions, alarms, log groups, and buckets
// with objects, on both sides. Made by service calls that deploy/ has no part in.
Task<> make_others(DeployedCluster& deployed);

}  // namespace s3dr::sim
