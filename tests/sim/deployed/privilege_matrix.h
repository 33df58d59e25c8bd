// Tests least privilege: each action that a role of the deployment may do is taken away once. The scenario
// that needs the action must then fail, with a message that names the action and the resource.
#pragma once

#include <cstdint>

#include "sim/world/matrix.h"

namespace s3dr::sim {

// Of the scenarios with all rights each is played. Of the rights about one of `every` is taken away, chosen by the seed;
// 1: each.
struct RightsSample {
  std::uint64_t every = 1, seed = 0;
};

MatrixReport privilege_matrix(const RightsSample& sample, Log* log);
// The same for a deployment of three protections. Each right is tried with a protection that needs it.
MatrixReport privilege_matrix_of_several(const RightsSample& sample, Log* log);

}  // namespace s3dr::sim
