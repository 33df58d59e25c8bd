// Last of the three functions, in the source region. It is the only writer of replication configuration: it
// enables our rule and disables it. It also starts and follows the backfill job.
// Before the PUT it reads the configuration again. It keeps every rule that is not ours. After the PUT it
// reads back. While a job runs, its outcome is look_again.
#pragma once

#include "base/task.h"
#include "dr/message.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// May be repeated at will. Raises only `cancelled`; every other failure is in the outcome.
Task<Outcome> enable_replication(Context context, dr::Message message);

}  // namespace s3dr::functions
