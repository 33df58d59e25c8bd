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
// Writes two files, the first one only if a task failed. Does nothing if the job asks for no report.
//   <report prefix>/job-<id>/results/<hex>.csv
//       Bucket,Key,VersionId,TaskStatus,HTTPStatusCode,ErrorCode,ResultMessage
//   <report prefix>/job-<id>/manifest.json
//       names the CSV file, its MD5 and its schema
Task<> write_report(RegionContext& region, const JobRow& job);

}  // namespace s3dr::cloud
