// Everything that was seen of one source bucket, its replica and its record. dr/plan.h decides on it. Filled
// by functions/observe.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dr/observed.h"
#include "dr/record.h"
#include "dr/source_content.h"
#include "s3/batch_job.h"
#include "s3/bucket.h"
#include "s3/bucket_setting.h"
#include "s3/names.h"
#include "s3/replication_configuration.h"
#include "s3/tag.h"

namespace s3dr::dr {

struct ObservedBucket {
  Observed<s3::BucketHead> head;  // absent: no bucket of that name. failed(denied): not ours, or no right
  Observed<s3::TagSet> tags;      // absent: no tag set
  Observed<s3::Versioning> versioning;
};

// The replication jobs that are not at an end, as ListJobs tells them.
struct ActiveJobs {
  int others = 0;
  bool ours = false;  // the record's planned backfill is among them: its CreateJob was carried out
};

// What became of the tasks that a job's report calls failed. A job works for all rules of the bucket, and its report
// names versions, not destinations. So each version was looked for on our replica.
struct FailedTasks {
  std::uint64_t on_replica =
      0;  // it is there: the task failed for another rule's destination, or a part of it is missing
  std::uint64_t purged = 0;   // neither there nor at the source any more
  std::uint64_t missing = 0;  // our replica lacks it
  std::string unknown;        // why not every failed task was looked at; empty: every one was
  bool operator==(const FailedTasks&) const = default;
};

// One kind of setting on both sides, in normal form (dr/settings/setting.h). Absent: not set.
struct ObservedSetting {
  s3::SettingKind kind = s3::SettingKind::cors;
  Observed<std::string> source, replica;
};

struct ObservedSettings {
  std::vector<ObservedSetting> kinds;  // in the order of the table; empty: not looked at. See asks_settings
  std::optional<Instant> asked;        // when a setting of either side was changed, as an event tells
  // The canonical id of the replica's owner. Empty: not known, or ACLs have no effect there.
  std::string acl_owner;
  // What this run has written, with the store's refusal; "": the store took it. It is not written again.
  std::map<s3::SettingKind, std::string> tried;
  // The observer writes nothing, so a look that is only due changes nothing for it.
  bool only_shown = false;
};

struct ObservedPair {
  s3::BucketName bucket;          // the source's name
  s3::BucketName replica_bucket;  // the name that was looked at as replica; see replica_candidate
  ObservedBucket source;
  Observed<s3::ReplicationConfiguration> replication;  // of the source
  ObservedBucket replica;
  Observed<std::string>
      replica_policy;  // its bucket policy, JSON. See wants_replica_policy (replica_policy.h)
  // Of the source, as the store answered; asked before the replica is made. Absent: it has none.
  Observed<std::string> object_lock;
  ObservedSettings settings;
  Observed<Record> record;
  std::string record_etag;           // of the record, when it has a value
  Observed<s3::JobDescription> job;  // the record's running backfill; absent: the store does not know the job
  Observed<bool> batch_jobs;         // value: the source's store runs batch jobs. See asks_batch_jobs
  Observed<ActiveJobs> active_jobs;  // asked before a job is created
  // False: whoever holds the lease starts the jobs, oldest first (functions/job_walk.h), and that is not this observer.
  bool starts_jobs = true;
  Observed<FailedTasks> failed_tasks;  // of a complete job; absent: it left no report. See asks_failed_tasks
  Observed<SourceContent> content;     // of the source; asked when a job says that it found nothing
  // Asked when asks_seen_versions (plan.h) says so. Value: whether one of the record's versions is still there.
  Observed<bool> seen_versions;
  Observed<Instant> source_created;  // by the list of buckets; asked when none of them is
  std::string fresh_nonce;           // random hex for a new protection, because the plan makes nothing random
};

}  // namespace s3dr::dr
