// S3 Batch Operations of one account in one region. Every call raises unsupported where the store has none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/task.h"
#include "s3/batch_job.h"

namespace s3dr::ports {

constexpr std::uint64_t report_piece_bytes = 256 * 1024;

class BatchJobs {
 public:
  virtual ~BatchJobs() = default;
  // Returns the job id. May be repeated with the same value: its token makes it the same job.
  virtual Task<std::string> create_job(s3::CreateReplicationJob job) = 0;
  // nullopt: no such job.
  virtual Task<std::optional<s3::JobDescription>> describe_job(std::string job_id) = 0;
  // One page of the jobs that are not at an end.
  virtual Task<s3::JobPage> list_active_jobs(std::string next_token) = 0;
  // A piece of a file of a job's report, from byte `offset` on: at most report_piece_bytes; empty: the file ends
  // there. nullopt: no such file, or no such bucket. Without the right to read it raises denied.
  virtual Task<std::optional<std::string>> read_report(s3::BucketName bucket, std::string key,
                                                       std::uint64_t offset) = 0;
};

}  // namespace s3dr::ports
