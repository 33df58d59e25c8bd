#include "cloud/store/job_tasks.h"

#include <vector>

namespace s3dr::cloud {

void add_job_task(Connection& db, const std::string& job, std::int64_t object_version) {
  db.prepare("INSERT OR IGNORE INTO job_task (job, object_version) VALUES (?, ?)")
      .bind(job, object_version)
      .run();
  if (db.changed_rows() == 0) return;
  db.prepare("UPDATE job SET tasks_total = tasks_total + 1 WHERE id = ?").bind(job).run();
}

void note_job_failure(Connection& db, std::int64_t object_version, std::string_view reason) {
  db.prepare(
        "INSERT OR REPLACE INTO job_failure SELECT job, object_version, ? FROM job_task WHERE "
        "object_version = ? AND state = 0")
      .bind(reason, object_version)
      .run();
}

void settle_job_tasks(Connection& db, std::int64_t object_version, bool succeeded) {
  db.prepare(succeeded ? "UPDATE job SET tasks_succeeded = tasks_succeeded + 1 WHERE id IN "
                         "(SELECT job FROM job_task WHERE object_version = ? AND state = 0)"
                       : "UPDATE job SET tasks_failed = tasks_failed + 1 WHERE id IN "
                         "(SELECT job FROM job_task WHERE object_version = ? AND state = 0)")
      .bind(object_version)
      .run();
  db.prepare("UPDATE job_task SET state = ? WHERE object_version = ? AND state = 0")
      .bind(succeeded ? 1 : 2, object_version)
      .run();
}

void drop_job_tasks(Connection& db, std::int64_t object_version) {
  db.prepare(
        "UPDATE job SET tasks_total = tasks_total - 1 WHERE id IN "
        "(SELECT job FROM job_task WHERE object_version = ? AND state = 0)")
      .bind(object_version)
      .run();
  db.prepare("DELETE FROM job_task WHERE object_version = ? AND state = 0").bind(object_version).run();
}

std::size_t recount_job_tasks(Connection& db) {
  std::vector<std::string> open;
  {
    auto row = db.prepare(
        "SELECT id FROM job WHERE status IN ('New', 'Preparing', 'Active', 'Completing') ORDER BY "
        "created_ms");
    while (row.step()) open.push_back(row.text(0));
  }
  std::size_t wrong = 0;
  for (const std::string& job : open) {
    db.prepare(
          "DELETE FROM job_task WHERE job = ? AND state = 0 AND "
          "NOT EXISTS (SELECT 1 FROM object_version WHERE id = job_task.object_version)")
        .bind(job)
        .run();
    db.prepare(
          "UPDATE job SET (tasks_total, tasks_succeeded, tasks_failed) = (total, succeeded, failed) FROM "
          "(SELECT COUNT(*) AS total, COALESCE(SUM(state = 1), 0) AS succeeded, "
          "COALESCE(SUM(state = 2), 0) AS failed FROM job_task WHERE job = ?1) "
          "WHERE id = ?1 AND (tasks_total, tasks_succeeded, tasks_failed) <> (total, succeeded, failed)")
        .bind(job)
        .run();
    wrong += static_cast<std::size_t>(db.changed_rows());
  }
  return wrong;
}

}  // namespace s3dr::cloud
