// Batch replication jobs in the region's database. The API (batch_operations.cc) and the worker
// (batch_worker.cc) both use these functions. Plain functions over a Connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/context.h"
#include "s3/batch_job.h"

namespace s3dr::cloud {

struct JobRow {
  std::int64_t number = 0;  // order of creation
  std::string id;
  std::string account;
  s3::CreateReplicationJob request;
  std::int64_t bucket = 0;
  std::string bucket_name;
  s3::JobStatus status = s3::JobStatus::new_;
  Instant created{};
  std::int64_t cursor = 0;
  std::uint64_t tasks_total = 0, tasks_succeeded = 0, tasks_failed = 0;  // kept by store/job_tasks
  std::string failure;
  std::uint64_t tasks_ended() const { return tasks_succeeded + tasks_failed; }
};

std::optional<JobRow> find_job(Connection& db, std::string_view account, std::string_view id);
// The oldest job that has not ended; nullopt: none. `after`: only jobs that were made after this one.
struct JobPlace {
  Instant created{};
  std::int64_t number = 0;
};
std::optional<JobRow> next_open_job(Connection& db, JobPlace after);
// At most `count` jobs of an account, newest first, with numbers below `before` (0: from the newest).
std::vector<JobRow> list_jobs(Connection& db, std::string_view account, std::int64_t before,
                              std::size_t count);
// How many jobs of the account are not at an end.
std::int64_t count_active_jobs(Connection& db, std::string_view account);
void set_job_status(Connection& db, const std::string& id, s3::JobStatus status,
                    std::string_view failure = "");

}  // namespace s3dr::cloud
