// Looks at one pair through the ports and turns every answer into an Observed (dr/observed.h). Reads only.
// Used by the three functions and by `s3dr plan`.
#pragma once

#include <optional>

#include "base/task.h"
#include "dr/observed_pair.h"
#include "dr/plan.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

// Never raises for a failed call, only for `cancelled` and for what is not an s3dr::Error. When the first
// call to a side could not be answered, the rest of that side is `not_observed`, so that a dead region costs
// one timeout. About nine reads. A running backfill job is asked about for enable_replication and for nobody
// in particular (a person's plan): the other two hand the bucket on whatever the job does, and need no right
// to look at it.
Task<dr::ObservedPair> observe_pair(Context context, s3::BucketName bucket,
                                    std::optional<dr::Function> observer = dr::nobody);

// Looks again at what a PUT of the replication configuration rests on, the source's tags and its present
// configuration (last), and puts it into `seen`.
Task<> look_before_put(Context context, dr::ObservedPair& seen);

// The same for a PUT of the replica's bucket policy.
Task<> look_at_replica_policy(Context context, dr::ObservedPair& seen);

}  // namespace s3dr::functions
