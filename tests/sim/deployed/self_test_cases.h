// The self-test of `s3dr deploy apply`, tried: every door that is shut by hand is named, and no other; and
// what `s3dr deploy status` says of a function that nothing can start, and of a trail that tells nothing.
#pragma once

#include "sim/world/matrix.h"

namespace s3dr::sim {

void self_test_cases(Log* log, MatrixReport& report);

}  // namespace s3dr::sim
