// First of the three functions, in the source region. An event or the sweep named a bucket: is it ours to
// protect? Turns versioning on, notes a source that is gone or re-created, and tells the next function
// (destination_bucket_check; enable_replication when the tag is gone or only its part is left).
// Never writes replication configuration and never reads object data.
#pragma once

#include "base/task.h"
#include "dr/message.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// May be repeated at will: for a bucket that is as it should be it only reads. Raises only `cancelled`; every
// other failure is in the outcome.
Task<Outcome> source_bucket_check(Context context, dr::Message message);

}  // namespace s3dr::functions
