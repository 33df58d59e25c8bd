// Tests least privilege: each action that a role of the deployment may do is taken away once. The scenario
// that needs the action must then fail, with a message that names the action and the resource.
#pragma once

#include "sim/world/matrix.h"

namespace s3dr::sim {

MatrixReport privilege_matrix(Log* log);
// The same for a deployment of three protections. Each right is tried with a protection that needs it.
MatrixReport privilege_matrix_of_several(Log* log);

}  // namespace s3dr::sim
