// The backfill of a live rule: one batch job for each generation. The first one sends every version, a later one what
// lacks a replica, as far as the replication status tells it (dr/rule_drift.h). A failed job is repeated with backoff,
// at most Policy::backfill_attempts_max times. The token and every input are in the record before CreateJob. So
// a retry after a crash sends the same bytes and gets the same job.
#include <algorithm>

#include "dr/planner.h"
#include "dr/rule_drift.h"

namespace s3dr::dr {
namespace {

using enum Function;

bool is_under_way(s3::JobStatus status) {
  switch (status) {
    case s3::JobStatus::complete:
    case s3::JobStatus::failed:
    case s3::JobStatus::cancelled:
      return false;
    default:
      return true;
  }
}

// AWS's words: "Manifest generation found no keys matching the filter criteria." (docs/protocol.md, Batch
// replication). They only raise the question; a listing of the source answers it.
bool says_nothing_found(const s3::JobDescription& job) {
  if (job.status != s3::JobStatus::failed || job.tasks_total != 0 || job.failure_reasons.empty())
    return false;
  return std::all_of(job.failure_reasons.begin(), job.failure_reasons.end(), [](const std::string& reason) {
    return reason.find("no keys") != std::string::npos || reason.find("no objects") != std::string::npos;
  });
}

std::string failure_of(const s3::JobDescription& job) {
  std::string text = "job " + job.job_id + " " + s3::to_string(job.status);
  if (job.tasks_failed > 0) text += ", " + std::to_string(job.tasks_failed) + " tasks failed";
  if (!job.failure_reasons.empty()) text += ": " + job.failure_reasons.front();
  return text;
}

milliseconds backoff(const Policy& policy, std::int64_t failed_attempt) {
  milliseconds delay = policy.backfill_backoff_base;
  for (std::int64_t i = 1; i < failed_attempt && delay < policy.backfill_backoff_cap; ++i) delay *= 2;
  return std::min(delay, policy.backfill_backoff_cap);
}

// Of what lacks a replica: S3 has no status for it, these two mean that nothing delivered it.
const std::vector<s3::ReplicationStatus> undelivered = {s3::ReplicationStatus::none,
                                                        s3::ReplicationStatus::failed};

Backfill new_backfill(const Policy& policy, const Record& record, std::int64_t attempt);

// `each_tried`: the job has tried every version that it selected, so what it did not deliver is FAILED now. A job that
// ended before may have left versions PENDING, and no filter selects these.
void plan_next_attempt(Planner& p, Backfill ended, const std::string& why, bool each_tried = false) {
  const std::string failure = reason_text(why);
  const Record& record = *p.record();
  Record next = record;
  ended.last_failure = failure;
  if (ended.attempt >= p.policy.backfill_attempts_max) {
    ended.status = BackfillStatus::exhausted;
    next.backfill = ended;
    const std::string reason =
        "backfill given up after " + std::to_string(ended.attempt) + " attempts: " + failure;
    p.write(enable_replication, moved_to(std::move(next), State::degraded, reason, p.now),
            "record that the backfill was given up", reason);
    return;
  }
  next.backfill = new_backfill(p.policy, record, ended.attempt + 1);
  if (each_tried && !has_live_rules_beside_ours(p.policy, p.seen.bucket, configuration_of(p)))
    next.backfill->inputs.statuses = undelivered;
  next.backfill->not_before = p.now + backoff(p.policy, ended.attempt);
  next.backfill->waiting_since = next.backfill->not_before;
  next.backfill->last_failure = failure;
  const std::string reason = "backfill attempt " + std::to_string(ended.attempt) + " failed: " + failure;
  p.write(enable_replication, moved_to(std::move(next), State::backfilling, reason, p.now),
          "record attempt " + std::to_string(ended.attempt + 1) + " of the backfill", reason);
}

void plan_unavailable(Planner& p) {
  Record next = *p.record();
  next.backfill->status = BackfillStatus::unavailable;
  const std::string reason(no_batch_jobs);
  const State reached = progress_state(next);
  p.write(enable_replication, moved_to(std::move(next), reached, reason, p.now),
          "record that existing objects are not backfilled", p.seen.active_jobs.text());
}

// All places are taken. The record says so, once.
void plan_wait_for_room(Planner& p) {
  const Record& record = *p.record();
  p.waits = "waits: " + std::to_string(p.policy.store.active_jobs_max) + " jobs are active";
  if (record.reason != p.waits) {
    p.write(enable_replication, moved_to(record, State::backfilling, p.waits, p.now),
            "record that the backfill waits for other jobs", p.waits);
    return;
  }
  p.plan.look_again_after = p.policy.look_again;
  p.plan.look_again_why = p.waits;
}

void plan_create_job(Planner& p) {
  const Backfill& backfill = *p.record()->backfill;
  if (backfill.not_before && p.now < *backfill.not_before) {
    p.plan.look_again_after = *backfill.not_before - p.now;
    p.plan.look_again_why = "backfill attempt " + std::to_string(backfill.attempt) + " waits";
    return;
  }
  if (!p.seen.starts_jobs) {
    Action& action = p.add(ActionKind::create_job, enable_replication,
                           "create backfill job " + backfill.inputs.client_request_token,
                           "objects that existed before the rule are not replicated by it");
    action.blocked_by = "waits for its turn: jobs are started oldest first";
    action.waits_its_turn = true;
    return;
  }
  if (p.seen.active_jobs.is_unsupported()) {
    plan_unavailable(p);
    return;
  }
  if (!p.require(p.seen.active_jobs, "how many replication jobs are active", enable_replication)) return;
  const ActiveJobs none;
  const ActiveJobs& active = p.seen.active_jobs.has_value() ? p.seen.active_jobs.value() : none;
  if (!active.ours && active.others >= p.policy.store.active_jobs_max) {
    plan_wait_for_room(p);
    return;
  }
  Action& action = p.add(ActionKind::create_job, enable_replication,
                         "create backfill job " + backfill.inputs.client_request_token,
                         "objects that existed before the rule are not replicated by it");
  action.bucket = p.seen.bucket;
  action.job = backfill.inputs;
}

// It selected what nothing had delivered.
void plan_nothing_undelivered(Planner& p, Backfill backfill, const s3::JobDescription& job) {
  Record next = *p.record();
  backfill.status = BackfillStatus::complete;
  backfill.last_failure.clear();
  next.backfill = std::move(backfill);
  const State reached = progress_state(next);
  p.write(enable_replication,
          moved_to(std::move(next), reached, "backfill complete: no version lacked a replica", p.now),
          "record that the backfill is complete", failure_of(job));
}

// The job found nothing. The listing says whether there was something to find.
void plan_nothing_found(Planner& p, Backfill backfill, const s3::JobDescription& job) {
  if (!p.require(p.seen.content, "whether " + p.source_name() + " holds versions for a backfill",
                 enable_replication)) {
    return;
  }
  const SourceContent none;
  const SourceContent& content = p.seen.content.has_value() ? p.seen.content.value() : none;
  if (content.replicable > 0) {
    plan_next_attempt(
        p, std::move(backfill),
        failure_of(job) +
            " A listing shows versions that it should have found. Of objects encrypted with KMS keys S3 "
            "replicates none under this rule: s3dr does not support them yet.");
    return;
  }
  Record next = *p.record();
  backfill.status = BackfillStatus::complete;
  backfill.last_failure.clear();
  backfill.not_replicable = content.archived;
  backfill.more_not_replicable = content.archived > 0 && content.cut_off;
  // The job has looked at everything. A comparison, which also does, follows before anything is called protected.
  const std::string found = content.archived > 0 ? not_replicable_text(backfill)
                            : content.cut_off
                                ? "the job found nothing, and neither does a listing as far as it "
                                  "was read; there is more to list"
                                : "there was nothing to replicate";
  next.backfill = std::move(backfill);
  const State reached = progress_state(next);
  const std::string reason = "backfill complete: " + found;
  p.write(enable_replication, moved_to(std::move(next), reached, reason, p.now),
          "record that the backfill is complete", failure_of(job));
}

std::string counted(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// A job works for all rules of the bucket. Only what our replica lacks is our failure. Without rules of others every
// failure is ours, though the versions are there: a part of them is missing, such as annotations without their right.
void plan_failed_tasks(Planner& p, Backfill backfill, const s3::JobDescription& job) {
  const Observed<FailedTasks>& seen = p.seen.failed_tasks;
  const bool may_pass = seen.is_failed() ? is_transient(seen.kind()) : !seen.is_known();
  if (may_pass && !seen.is_unsupported()) {
    p.require(seen, "whose the failed tasks of job " + job.job_id + " are", enable_replication);
    return;
  }
  const FailedTasks* tasks = seen.get();
  if (tasks == nullptr || !tasks->unknown.empty()) {
    std::string why = tasks != nullptr ? tasks->unknown : seen.text();
    if (seen.is_absent()) why = "the job left no report";
    plan_next_attempt(p, std::move(backfill), failure_of(job) + ". For which destinations is unknown: " + why,
                      true);
    return;
  }
  const std::string for_others =
      counted(tasks->on_replica, "task", "tasks") + " failed for other rules' destinations";
  if (tasks->missing > 0) {
    plan_next_attempt(p, std::move(backfill),
                      counted(tasks->missing, "version is", "versions are") + " missing on the replica (" +
                          failure_of(job) + (tasks->on_replica > 0 ? ", " + for_others : "") + ")",
                      true);
    return;
  }
  if (tasks->on_replica > 0 && !has_live_rules_beside_ours(p.policy, p.seen.bucket, configuration_of(p))) {
    plan_next_attempt(p, std::move(backfill),
                      counted(tasks->on_replica, "version is", "versions are") +
                          " on the replica, but not whole: their tasks failed, and no other rule explains "
                          "it. Annotations need " +
                          "s3:GetObjectVersionAnnotationForReplication for the replication role (" +
                          failure_of(job) + ")",
                      true);
    return;
  }
  Record next = *p.record();
  backfill.status = BackfillStatus::complete;
  backfill.last_failure.clear();
  backfill.tasks_failed_elsewhere = tasks->on_replica;
  next.backfill = std::move(backfill);
  const State reached = progress_state(next);
  const std::string reason =
      "backfill complete: " + (tasks->on_replica > 0
                                   ? for_others
                                   : counted(tasks->purged, "failed version was", "failed versions were") +
                                         " purged at the source meanwhile");
  p.write(enable_replication, moved_to(std::move(next), reached, reason, p.now),
          "record that the backfill is complete", failure_of(job));
}

void plan_running_job(Planner& p) {
  const Record& record = *p.record();
  Backfill backfill = *record.backfill;
  if (!p.require(p.seen.job, "the backfill job " + backfill.job_id, enable_replication)) return;
  if (p.seen.job.is_absent() && backfill.job_created &&
      p.now < *backfill.job_created + p.policy.store.after_new_job) {
    p.plan.look_again_after = p.policy.look_again;
    p.plan.look_again_why =
        "backfill job " + backfill.job_id + " was just created, and the store does not know it yet";
    return;
  }
  if (p.seen.job.is_absent()) {
    plan_next_attempt(p, backfill, "job " + backfill.job_id + " is not known to the store any more");
    return;
  }
  const s3::JobDescription& job = p.seen.job.value();
  backfill.tasks_total = job.tasks_total;
  backfill.tasks_succeeded = job.tasks_succeeded;
  backfill.tasks_failed = job.tasks_failed;
  if (is_under_way(job.status)) {
    p.plan.look_again_after = p.policy.look_again;
    p.plan.look_again_why = "backfill job " + job.job_id + " is " + s3::to_string(job.status) + ", " +
                            std::to_string(job.tasks_succeeded) + " of " + std::to_string(job.tasks_total) +
                            " done";
    if (job.status == s3::JobStatus::suspended || job.status == s3::JobStatus::paused) {
      p.plan.warnings.push_back("backfill job " + job.job_id + " is held: somebody has to let it go on");
    }
    return;
  }
  const bool complete = job.status == s3::JobStatus::complete && job.tasks_failed == 0;
  if (says_nothing_found(job)) {
    if (backfill.inputs.statuses.empty())
      plan_nothing_found(p, std::move(backfill), job);
    else
      plan_nothing_undelivered(p, std::move(backfill), job);
    return;
  }
  if (asks_failed_tasks(&record, &job)) {
    plan_failed_tasks(p, std::move(backfill), job);
    return;
  }
  if (!complete) {
    plan_next_attempt(p, backfill, failure_of(job));
    return;
  }
  Record next = record;
  backfill.status = BackfillStatus::complete;
  backfill.last_failure.clear();
  next.backfill = backfill;
  const State reached = progress_state(next);
  p.write(enable_replication,
          moved_to(std::move(next), reached,
                   "backfill complete: " + std::to_string(job.tasks_succeeded) + " versions", p.now),
          "record that the backfill is complete", failure_of(job));
}

// Backfill inputs for the record's present generation. The token is different for each attempt.
// No CreatedBefore: our clock would be compared with the store's, and a version written between the two times
// would be left out. No CreatedAfter either: an upload in parts has the time of its beginning.
Backfill new_backfill(const Policy& policy, const Record& record, std::int64_t attempt) {
  constexpr std::size_t shown_max = 180;  // of an old bucket's long name: a description has 256 characters
  Backfill backfill;
  backfill.generation = record.rule.generation;
  backfill.attempt = attempt;
  s3::CreateReplicationJob& job = backfill.inputs;
  job.account = policy.source_account;
  job.client_request_token =
      record.protection + "-" + std::to_string(record.rule.generation) + "-" + std::to_string(attempt);
  job.description = "s3dr backfill of " + record.source.bucket.text().substr(0, shown_max) + ", generation " +
                    std::to_string(record.rule.generation) + ", attempt " + std::to_string(attempt);
  job.role_arn = policy.batch_role_arn;
  job.source_bucket = record.source.bucket;
  job.report_bucket = policy.reports_bucket;
  job.report_prefix = report_prefix + record.source.bucket.text();
  job.manifest_prefix = manifest_prefix + record.source.bucket.text();
  return backfill;
}

}  // namespace

// A job with a generated manifest may miss what it does not see yet: the rule, and what was written while versioning
// was beginning. One job after both waits takes in all of it.
Backfill first_backfill(const Planner& p, const Record& record) {
  Backfill backfill = new_backfill(p.policy, record, 1);
  // Others may have made a rule since the generation was recorded.
  if (record.rule.by_status == record.rule.generation &&
      !has_live_rules_beside_ours(p.policy, p.seen.bucket, configuration_of(p)))
    backfill.inputs.statuses = undelivered;
  Instant begin = p.now + p.policy.store.after_new_rule;
  if (record.first_versioned) {
    begin = std::max(begin, *record.first_versioned + p.policy.store.after_first_versioning);
  }
  if (begin > p.now) backfill.not_before = begin;
  backfill.waiting_since = std::max(begin, p.now);
  return backfill;
}

namespace {

// What is still on its way is a difference for a while. So long a comparison has to go on finding some.
milliseconds doubt_after(const Policy& policy) {
  constexpr milliseconds on_its_way{300'000};
  return on_its_way + 4 * policy.store.cut_off_settling;
}

// When the present backfill ended, as the history tells it.
Instant backfill_ended(const Record& record) {
  Instant ended = record.changed;
  for (auto at = record.history.rbegin(); at != record.history.rend() && at->state != State::backfilling;
       ++at)
    ended = at->at;
  return ended;
}

// A backfill by status has left differences: a new generation sends every version. It does not go by status, so this
// happens once.
void plan_doubt(Planner& p) {
  const Record& record = *p.record();
  if (!has_misled(record)) return;
  if (record.last_difference->at < backfill_ended(record) + doubt_after(p.policy)) return;
  std::string why_all;
  Record next = with_next_generation(p, why_all);
  const std::string reason =
      "the replica still differs after a backfill by replication status: all versions are sent";
  p.write(enable_replication, moved_to(std::move(next), State::backfilling, reason, p.now),
          "record a new generation", reason);
  p.add_later(ActionKind::create_job, enable_replication, "backfill the existing objects",
              "the new generation is recorded");
}

}  // namespace

std::string not_replicable_text(const Backfill& backfill) {
  const std::uint64_t versions = backfill.not_replicable;
  return (backfill.more_not_replicable ? "at least " : "") + std::to_string(versions) +
         (versions == 1 ? " archived version is" : " archived versions are") +
         " not replicable: S3 does not replicate archive classes";
}

void plan_backfill(Planner& p) {
  const Record& record = *p.record();
  const bool has_jobs_now = record.backfill && record.backfill->status == BackfillStatus::unavailable &&
                            p.seen.batch_jobs.has_value();
  if (!record.backfill || record.backfill->generation != record.rule.generation || has_jobs_now) {
    Record next = record;
    next.backfill = first_backfill(p, record);
    p.write(enable_replication, moved_to(std::move(next), State::backfilling, record.reason, p.now),
            "record the inputs of the backfill job", "stored before CreateJob");
    return;
  }
  switch (record.backfill->status) {
    case BackfillStatus::planned:
      plan_create_job(p);
      return;
    case BackfillStatus::running:
      plan_running_job(p);
      return;
    case BackfillStatus::complete:
      plan_doubt(p);
      return;
    case BackfillStatus::unavailable:
      // A store may get batch jobs. Only enable_replication asks it.
      if (!p.seen.batch_jobs.is_unsupported())
        p.require(p.seen.batch_jobs, "whether the source's store runs batch jobs", enable_replication);
      return;
    case BackfillStatus::exhausted:
      p.add(ActionKind::ask_a_person, nobody, "look at the backfill of " + p.source_name(), record.reason)
          .advice = "Mend the cause (the job's report is in " + p.policy.reports_bucket.text() +
                    "), then remove the tag and set it again: that starts a new backfill.";
      return;
  }
}

// Said before the first rule of a protection. Asked again where there were none: a store may get them.
bool asks_batch_jobs(const Record* record) {
  return record == nullptr || record->rule.generation == 0 ||
         (record->backfill && record->backfill->status == BackfillStatus::unavailable);
}

bool asks_active_jobs(const Record* record, Instant now) {
  return record != nullptr && record->rule.state == RuleState::live && record->backfill &&
         record->backfill->generation == record->rule.generation &&
         record->backfill->status == BackfillStatus::planned &&
         (!record->backfill->not_before || now >= *record->backfill->not_before);
}

bool asks_content(const Record* record, const s3::JobDescription* job) {
  return asks_job(record) && record->backfill->inputs.statuses.empty() && job != nullptr &&
         says_nothing_found(*job);
}

// A job that S3 gave up leaves out of its report what it did not come to.
bool asks_failed_tasks(const Record* record, const s3::JobDescription* job) {
  return asks_job(record) && job != nullptr && job->status == s3::JobStatus::complete &&
         job->tasks_failed > 0;
}

bool asks_job(const Record* record) {
  return record != nullptr && record->rule.state == RuleState::live && record->backfill &&
         record->backfill->generation == record->rule.generation &&
         record->backfill->status == BackfillStatus::running;
}

Record with_job(Record record, std::string job_id, Instant now) {
  if (!record.backfill) return record;
  record.backfill->job_id = std::move(job_id);
  record.backfill->status = BackfillStatus::running;
  record.backfill->job_created = now;
  const std::string reason = "backfill job " + record.backfill->job_id + " (attempt " +
                             std::to_string(record.backfill->attempt) + ")";
  return moved_to(std::move(record), State::backfilling, reason, now);
}

}  // namespace s3dr::dr
