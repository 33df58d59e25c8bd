// Last of the three functions, in the source region: the only writer of replication configuration, disabling
// included, and the one that starts and follows the backfill job. Re-reads just before the PUT, keeps every
// rule that is not ours, reads back. While a job runs its outcome is look_again.
#pragma once

#include "base/task.h"
#include "dr/message.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// May be repeated at will. Raises only `cancelled`; every other failure is in the outcome.
Task<Outcome> enable_replication(Context context, dr::Message message);

}  // namespace s3dr::functions
