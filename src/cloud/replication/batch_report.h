// What a batch job writes into the reports bucket: the manifest (the versions it works on) and the report
// (the tasks that failed). Both are CSV without a header line, with percent-encoded keys. They are streamed
// from the job's rows, so memory use does not grow with the job.
#pragma once

#include "base/task.h"
#include "cloud/replication/batch_table.h"

namespace s3dr::cloud {

// Writes <manifest prefix>/job-<id>/manifest.csv: Bucket,Key,VersionId.
// Does nothing if the job asks for no manifest.
Task<> write_manifest(RegionContext& region, const JobRow& job);
// Writes two files. Does nothing if the job asks for no report.
//   <report prefix>/job-<id>/results.csv
//       Bucket,Key,VersionId,TaskStatus,ErrorCode,HTTPStatusCode,ResultMessage
//   <report prefix>/job-<id>/manifest.json
//       names results.csv
Task<> write_report(RegionContext& region, const JobRow& job);

}  // namespace s3dr::cloud
