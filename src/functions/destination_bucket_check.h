// Second of the three functions, in the destination region. Records the intent, creates the replica bucket
// with owner and region checked, turns its versioning on, marks it and clones tags, then tells
// enable_replication. Never touches the source or any object.
#pragma once

#include "base/task.h"
#include "dr/message.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// May be repeated at will. Raises only `cancelled`; every other failure is in the outcome.
Task<Outcome> destination_bucket_check(Context context, dr::Message message);

}  // namespace s3dr::functions
