// The policies that `s3dr deploy permissions` prints, tried in one account and in two: with them and nothing more
// apply with its self-test, the repair of changes by hand, status and destroy pass. With one action taken away
// something fails, and the failure names the action.
#pragma once

#include <cstdint>

#include "sim/world/matrix.h"

namespace s3dr::sim {

// `every`: about one action of so many, chosen by the seed; 1: each.
MatrixReport deployer_matrix(std::uint64_t every, std::uint64_t seed, Log* log);

}  // namespace s3dr::sim
