// The two buckets that s3dr keeps for itself:
// - the control bucket on the destination side, with the records;
// - the reports bucket on the source side, with the manifests and reports of backfills.
// They are versioned, and their owner is checked (docs/architecture.md, What is decided). Sweeps skip both.
#pragma once

#include "base/task.h"
#include "dr/policy.h"
#include "ports/bucket_store.h"

namespace s3dr::control {

// Creates what is missing. May be repeated. Raises denied when another account has a bucket of that name,
// invalid when the bucket is in another region, and the stores' own failures.
Task<> ensure_own_buckets(ports::BucketStore& source, ports::BucketStore& destination,
                          const dr::Policy& policy);

}  // namespace s3dr::control
