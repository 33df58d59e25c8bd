// Do the roles exist that the configuration names? For `s3dr serve`, which passes them to S3 and never uses them itself:
// S3 takes a role that does not exist, and every copy fails later.
#pragma once

#include "app/world.h"
#include "base/task.h"

namespace s3dr::app {

// Warns of each role that is not there. What cannot be asked (no right to iam:GetRole, no IAM at this store, not
// reached) is not a finding: it is logged at level debug. Raises cancellation only.
Task<> warn_of_missing_roles(World& world);

}  // namespace s3dr::app
