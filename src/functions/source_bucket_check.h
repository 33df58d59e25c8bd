// First of the three functions, in the source region. An event or the sweep named a bucket: is it ours to
// protect?
// - It turns versioning on.
// - It notes a source bucket that is gone or was created anew.
// - It tells destination_bucket_check. If the tag is gone, or only enable_replication still has
//   something to do, it tells enable_replication instead.
// It never writes replication configuration and never reads object data.
#pragma once

#include "base/task.h"
#include "dr/messages/message.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// May be repeated at will: for a bucket in order it only reads. Raises only `cancelled`; every other failure
// is in the outcome.
Task<Outcome> source_bucket_check(Context context, dr::Message message);

}  // namespace s3dr::functions
