// One deployment that serves several protections: three of one bucket, fifty buckets of two, a destination that is lost,
// and a deployment that grows.
#pragma once

#include "base/log.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {

MatrixReport several_protections(Log* log);

}  // namespace s3dr::sim
