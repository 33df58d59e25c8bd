// The policy that `s3dr deploy permissions` prints, tried: with it and nothing more apply with its self-test,
// status and destroy pass.
#pragma once

#include "sim/world/matrix.h"

namespace s3dr::sim {

void deployer_matrix(Log* log, MatrixReport& report);

}  // namespace s3dr::sim
