// The tasks of batch jobs: one row for each version that a job replicates, and in the job's row how many there
// are and how many have ended. Each function changes rows and counts together, so within the caller's
// transaction the counts equal the rows, and nobody has to count. What is left of a job is tasks_total less
// tasks_succeeded less tasks_failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cloud/store/database.h"

namespace s3dr::cloud {

// Adds a waiting task. Does nothing if the job has a task for the version already.
void add_job_task(Connection& db, const std::string& job, std::int64_t object_version);

// Notes why the version's waiting tasks will fail: S3's failure reason, for the job's report.
void note_job_failure(Connection& db, std::int64_t object_version, std::string_view reason);

// Ends the waiting tasks that any job has for the version. May be repeated: an ended task is not counted again.
void settle_job_tasks(Connection& db, std::int64_t object_version, bool succeeded);

// If a version is deleted for good, its waiting tasks have nothing to replicate. They no longer count.
void drop_job_tasks(Connection& db, std::int64_t object_version);

// Sets the counts of the jobs that have not ended by their rows, and drops waiting tasks whose version is gone.
// Returns how many jobs were wrong. For the start only: it reads every task. A database of an earlier release
// may have such tasks.
std::size_t recount_job_tasks(Connection& db);

}  // namespace s3dr::cloud
