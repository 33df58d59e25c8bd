// The two buckets s3dr keeps for itself: the control bucket (records, destination side) and the reports
// bucket (backfill manifests and reports, source side). Created owner-checked and versioned
// (docs/architecture.md, What is decided); sweeps skip both.
#pragma once

#include "base/task.h"
#include "dr/policy.h"
#include "ports/bucket_store.h"

namespace s3dr::control {

// May be repeated. Raises denied (somebody else's bucket stands there), invalid (it is in another region),
// and the stores' own failures.
Task<> ensure_own_buckets(ports::BucketStore& source, ports::BucketStore& destination,
                          const dr::Policy& policy);

}  // namespace s3dr::control
