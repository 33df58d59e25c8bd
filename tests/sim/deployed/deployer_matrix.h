// The policy that `s3dr deploy permissions` prints, tried: with it and nothing more apply, status and destroy
// pass; without any one of its actions one of them fails.
#pragma once

#include "sim/world/matrix.h"

namespace s3dr::sim {

void deployer_matrix(Log* log, MatrixReport& report);

}  // namespace s3dr::sim
