// Whose are the failed tasks of a backfill job? S3 Batch Replication works for all rules of the bucket, and its report
// names versions, not destinations. So each version that the report names is looked for in a listing of our replica:
// it is there (then the task failed for another rule's destination), or missing, or purged at the source too.
// Needs no right to read objects of either bucket. Part of functions/observe.h; dr/plan_backfill.cc judges it.
#pragma once

#include <optional>

#include "base/task.h"
#include "dr/observed_pair.h"
#include "functions/context.h"

namespace s3dr::functions {

// Above this many rows, or pages of listings, the rest is not looked at, and the result says so. A job with 1,000 tasks
// of which most fail is given up by S3 itself (docs/protocol.md, Batch replication).
constexpr std::size_t failed_rows_max = 1'000;
constexpr int replica_pages_max = 100;

// `record` has a backfill whose job is `job`. nullopt: the job left no report. Raises corrupt for a report that cannot be
// understood, and the store's own failures. Reads only.
Task<std::optional<dr::FailedTasks>> look_at_failed_tasks(Context context, dr::Record record,
                                                          s3::JobDescription job);

}  // namespace s3dr::functions
