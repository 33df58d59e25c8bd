// What a batch job leaves in the reports bucket: the manifest of the versions it takes on, and the report of
// the tasks that failed. CSV without a header line, keys percent-encoded, streamed from the job's rows with
// flat memory.
#pragma once

#include "base/task.h"
#include "cloud/replication/batch_table.h"

namespace s3dr::cloud {

// <manifest prefix>/job-<id>/manifest.csv: Bucket,Key,VersionId. Nothing when the job asks for none.
Task<> write_manifest(RegionContext& region, const JobRow& job);
// <report prefix>/job-<id>/results.csv
// (Bucket,Key,VersionId,TaskStatus,ErrorCode,HTTPStatusCode,ResultMessage) and manifest.json beside it that
// names it. Nothing when the job asks for no report.
Task<> write_report(RegionContext& region, const JobRow& job);

}  // namespace s3dr::cloud
