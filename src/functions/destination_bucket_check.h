// Second of the three functions, in the destination region. In this order:
// - it records the intent;
// - it creates the replica bucket, with owner and region checked;
// - it turns the replica's versioning on, marks it and clones the tags;
// - it tells enable_replication.
// It never changes the source bucket and never reads or writes an object of either bucket.
// An event of the destination region names a replica: its source is found first (replica_source.h).
#pragma once

#include "base/task.h"
#include "dr/messages/message.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// May be repeated at will. Raises only `cancelled`; every other failure is in the outcome.
Task<Outcome> destination_bucket_check(Context context, dr::Message message);

}  // namespace s3dr::functions
