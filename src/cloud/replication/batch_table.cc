#include "cloud/replication/batch_table.h"

#include <utility>
#include <vector>

#include "s3/xml_batch_job.h"

namespace s3dr::cloud {
namespace {

// As in the index job_open, or SQLite does not use it.
#define S3DR_JOB_IS_OPEN "status IN ('New', 'Preparing', 'Active', 'Completing')"

#define S3DR_JOB_COLUMNS                                                                                  \
  "SELECT job.rowid, job.id, job.account, request, bucket, bucket.name, status, job.created_ms, cursor, " \
  "tasks_total, tasks_succeeded, tasks_failed, failure FROM job JOIN bucket ON bucket.id = job.bucket "

JobRow read_row(const Statement& row) {
  JobRow result;
  result.number = row.integer(0);
  result.id = row.text(1);
  result.account = row.text(2);
  result.request = s3::parse_create_job_request(row.text(3));
  result.bucket = row.integer(4);
  result.bucket_name = row.text(5);
  result.status = s3::parse_job_status(row.text(6)).value_or(s3::JobStatus::failed);
  result.created = Instant(milliseconds(row.integer(7)));
  result.cursor = row.integer(8);
  result.tasks_total = static_cast<std::uint64_t>(row.integer(9));
  result.tasks_succeeded = static_cast<std::uint64_t>(row.integer(10));
  result.tasks_failed = static_cast<std::uint64_t>(row.integer(11));
  result.failure = row.text(12);
  return result;
}

}  // namespace

std::optional<JobRow> find_job(Connection& db, std::string_view account, std::string_view id) {
  auto row = db.prepare(S3DR_JOB_COLUMNS "WHERE job.account = ? AND job.id = ?");
  row.bind(account, id);
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

std::optional<JobRow> next_open_job(Connection& db, JobPlace after) {
  auto row = db.prepare(S3DR_JOB_COLUMNS "WHERE " S3DR_JOB_IS_OPEN
                                         " AND (job.created_ms, job.rowid) > (?, ?) "
                                         "ORDER BY job.created_ms, job.rowid LIMIT 1");
  row.bind(after.created.time_since_epoch().count(), after.number);
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

std::int64_t count_active_jobs(Connection& db, std::string_view account) {
  auto row = db.prepare("SELECT COUNT(*) FROM job WHERE account = ? AND " S3DR_JOB_IS_OPEN);
  row.bind(account);
  return row.step() ? row.integer(0) : 0;
}

std::vector<JobRow> list_jobs(Connection& db, std::string_view account, std::int64_t before,
                              std::size_t count) {
  std::vector<JobRow> result;
  auto row = db.prepare(S3DR_JOB_COLUMNS
                        "WHERE job.account = ? AND (? = 0 OR job.rowid < ?) ORDER BY job.rowid DESC LIMIT ?");
  row.bind(account, before, before, count);
  while (row.step()) result.push_back(read_row(row));
  return result;
}

void set_job_status(Connection& db, const std::string& id, s3::JobStatus status, std::string_view failure) {
  db.prepare("UPDATE job SET status = ?, failure = ? WHERE id = ?")
      .bind(s3::to_string(status), failure, id)
      .run();
}

}  // namespace s3dr::cloud
