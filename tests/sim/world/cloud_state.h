// What the cloud's tables hold of everything that a deployment may make and that others have beside it: one
// line for each row. Random values and times are left out, so that two runs with the same end give the same
// lines. It is read from the tables, not from the services' answers.
#pragma once

#include <string>
#include <vector>

#include "sim/world/cluster.h"

namespace s3dr::sim {

using CloudState = std::vector<std::string>;  // sorted; equal rows give equal lines, each listed

CloudState cloud_state(Cluster& cluster);

// The lines that only one of the two has, as text; empty: they are equal.
std::string difference_of(const CloudState& there, const CloudState& expected);

}  // namespace s3dr::sim
