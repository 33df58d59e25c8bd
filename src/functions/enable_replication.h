// Last of the three functions, in the source region. It alone gets the actions that enable our rule, disable
// it and start the backfill job (dr/plan.h). functions/executor.cc carries every action out, the PUT of the
// rule too: it reads the configuration again before the PUT and reads it back after the PUT. Every rule that
// is not ours stays. Jobs are
// started through the queue (functions/job_walk.h). While a job waits or runs, the outcome is look_again.
#pragma once

#include "base/task.h"
#include "dr/messages/message.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// May be repeated at will. Raises only `cancelled`; every other failure is in the outcome.
Task<Outcome> enable_replication(Context context, dr::Message message);

}  // namespace s3dr::functions
