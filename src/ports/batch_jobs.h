// S3 Batch Operations of one account in one region. Every call raises unsupported where the store has none.
#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "s3/batch_job.h"

namespace s3dr::ports {

class BatchJobs {
 public:
  virtual ~BatchJobs() = default;
  // Returns the job id. May be repeated with the same value: its token makes it the same job.
  virtual Task<std::string> create_job(s3::CreateReplicationJob job) = 0;
  // nullopt: no such job.
  virtual Task<std::optional<s3::JobDescription>> describe_job(std::string job_id) = 0;
  // One page of the jobs that are not at an end.
  virtual Task<s3::JobPage> list_active_jobs(std::string next_token) = 0;
};

}  // namespace s3dr::ports
