// What the cloud's tables hold of everything a deployment may make, and of what others have beside it: one
// line a row, what chance and the clock chose left out, so that two runs which came to the same end give the
// same lines. Read from the tables, not from any service's answers.
#pragma once

#include <string>
#include <vector>

#include "sim/world/cluster.h"

namespace s3dr::sim {

using CloudState = std::vector<std::string>;  // sorted; a line that stands twice is there twice

CloudState cloud_state(Cluster& cluster);

// The lines that only one of them has, as text; empty: they are the same.
std::string difference_of(const CloudState& there, const CloudState& expected);

}  // namespace s3dr::sim
