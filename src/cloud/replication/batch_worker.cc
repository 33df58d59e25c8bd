#include "cloud/replication/batch_worker.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "cloud/objects/object_table.h"
#include "cloud/replication/batch_report.h"
#include "cloud/replication/batch_table.h"
#include "cloud/replication/service_roles.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/job_tasks.h"
#include "cloud/store/replication_queue.h"
#include "s3/replication_match.h"

namespace s3dr::cloud {
namespace {

constexpr int rows_a_step = 500;

// A job ends as failed when more than half of at least this many tasks failed (docs/protocol.md,
// Batch replication).
constexpr std::uint64_t tasks_before_giving_up = 1000;

bool wanted(const s3::CreateReplicationJob& request, s3::ReplicationStatus status) {
  return request.statuses.empty() || std::ranges::find(request.statuses, status) != request.statuses.end();
}

// The rules by which a job replicates a version. Unlike live replication, a job also takes `null` versions.
std::vector<s3::MatchedRule> eligible_for(const BucketRow& bucket, const VersionRow& version) {
  if (!bucket.replication) return {};
  auto rules = s3::match_rules(*bucket.replication, version.key, version.tags);
  if (version.is_marker) {
    std::erase_if(rules, [](const s3::MatchedRule& rule) { return !rule.replicates_delete_markers; });
  }
  return rules;
}

// Queues one version for the job, if a rule matches it.
void enlist(Connection& db, const JobRow& job, const VersionRow& version,
            const std::vector<s3::MatchedRule>& rules, Instant now) {
  bool queued = false;
  for (const s3::MatchedRule& rule : rules) {
    s3::ReplicationDestination destination;
    destination.bucket_arn = rule.destination_bucket_arn;
    const auto name = s3::destination_bucket(destination);
    if (!name) continue;
    // A live entry for the same destination serves the job too.
    enqueue_replication_once(db, {version.id, version.bucket, version.size}, name->text(), rule.rule_id, now);
    queued = true;
  }
  if (!queued) return;
  db.prepare("UPDATE object_version SET replication_status = ? WHERE id = ?")
      .bind(static_cast<int>(s3::ReplicationStatus::pending), version.id)
      .run();
  add_job_task(db, job.id, version.id);
}

std::vector<std::int64_t> candidates(Connection& db, const JobRow& job) {
  std::vector<std::int64_t> ids;
  auto row = db.prepare(
      "SELECT id FROM object_version WHERE bucket = ? AND id > ? AND created_ms < "
      "(SELECT created_before_ms FROM job WHERE id = ?) ORDER BY id LIMIT ?");
  row.bind(job.bucket, job.cursor, job.id, rows_a_step);
  while (row.step()) ids.push_back(row.integer(0));
  return ids;
}

// One step through the bucket's versions; false at the end of them.
bool enlist_some(Connection& db, const JobRow& job, Instant now) {
  const auto bucket = find_bucket(db, job.bucket);
  if (!bucket) return false;
  std::int64_t cursor = job.cursor;
  const auto ids = candidates(db, job);
  for (const std::int64_t id : ids) {
    cursor = id;
    const auto version = find_version(db, id);
    if (!version || !wanted(job.request, version->replication_status)) continue;
    enlist(db, job, *version, eligible_for(*bucket, *version), now);
  }
  db.prepare("UPDATE job SET cursor = ? WHERE id = ?").bind(cursor, job.id).run();
  return ids.size() == rows_a_step;
}

bool gave_up(const JobRow& job) {
  return job.tasks_ended() >= tasks_before_giving_up && job.tasks_failed * 2 > job.tasks_ended();
}

Task<> set_status(RegionContext& region, const JobRow& job, s3::JobStatus status, std::string failure = "") {
  co_await region.database.write([&](Connection& db) { set_job_status(db, job.id, status, failure); });
}

Task<> prepare(RegionContext& region, const JobRow& job) {
  const Instant now = region.clock.now();
  const bool more = co_await region.database.write([&](Connection& db) { return enlist_some(db, job, now); });
  region.wake_replication();
  if (more) co_return;
  const auto listed = find_job(region.database.reader(), job.account, job.id);
  if (listed && listed->tasks_total == 0) {
    // No task ran, so there is no report either.
    co_await set_status(
        region, job, s3::JobStatus::failed,
        "ManifestGenerationFailure: Manifest generation found no keys matching the filter criteria.");
    co_return;
  }
  co_await write_manifest(region, job);
  co_await set_status(region, job, s3::JobStatus::active);
}

Task<bool> follow(RegionContext& region, const JobRow& job) {
  if (gave_up(job)) {
    co_await write_report(region, job);
    co_await set_status(region, job, s3::JobStatus::failed,
                        "TooManyFailures: more than half of the tasks failed");
    co_return true;
  }
  // Asked after every delivery, so it must not depend on how many there were.
  if (job.tasks_ended() < job.tasks_total) co_return false;
  co_await set_status(region, job, s3::JobStatus::completing);
  co_return true;
}

// Moves the job one step on; false: it waits for its tasks.
Task<bool> step(RegionContext& region, const JobRow& job) {
  switch (job.status) {
    case s3::JobStatus::new_:
      if (const auto why = why_job_not_run(region, job)) {
        region.log.warning("batch job refused", {{"job", job.id}, {"why", *why}});
        co_await set_status(region, job, s3::JobStatus::failed, *why);
        co_return true;
      }
      co_await set_status(region, job, s3::JobStatus::preparing);
      co_return true;
    case s3::JobStatus::preparing:
      co_await prepare(region, job);
      co_return true;
    case s3::JobStatus::active:
      co_return co_await follow(region, job);
    case s3::JobStatus::completing:
      co_await write_report(region, job);
      co_await set_status(region, job, s3::JobStatus::complete);
      co_return true;
    default:
      co_return false;
  }
}

Task<bool> step_or_log(RegionContext& region, const JobRow& job) {
  try {
    co_return co_await step(region, job);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    region.log.error("batch job held up", {{"job", job.id}, {"why", error.what()}});
  }
  co_return false;
}

}  // namespace

Task<> run_batch_jobs(RegionContext& region, Notifier& wake) {
  while (true) {
    bool moved = false;
    bool open = false;
    JobPlace after;
    while (const auto job = next_open_job(region.database.reader(), after)) {
      after = {job->created, job->number};
      open = true;
      if (co_await step_or_log(region, *job)) moved = true;
    }
    if (moved) continue;
    co_await wake.wait(region.clock,
                       open ? std::max(region.options.retry_base, milliseconds(1)) : milliseconds(60'000));
  }
}

}  // namespace s3dr::cloud
