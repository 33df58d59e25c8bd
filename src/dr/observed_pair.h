// Everything that was seen of one source bucket, its replica and its record. dr/plan.h decides on it. Filled
// by functions/observe.h.
#pragma once

#include <string>

#include "dr/observed.h"
#include "dr/record.h"
#include "dr/source_content.h"
#include "s3/batch_job.h"
#include "s3/bucket.h"
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

struct ObservedPair {
  s3::BucketName bucket;          // the source's name
  s3::BucketName replica_bucket;  // the name that was looked at as replica; see replica_candidate
  ObservedBucket source;
  Observed<s3::ReplicationConfiguration> replication;  // of the source
  ObservedBucket replica;
  Observed<std::string> replica_policy;  // its bucket policy, JSON; with two accounts only (replica_policy.h)
  Observed<Record> record;
  std::string record_etag;           // of the record, when it has a value
  Observed<s3::JobDescription> job;  // the record's running backfill; absent: the store does not know the job
  Observed<bool> batch_jobs;         // value: the source's store runs batch jobs. See asks_batch_jobs
  Observed<ActiveJobs> active_jobs;  // asked before a job is created
  Observed<SourceContent> content;   // of the source; asked when a job says that it found nothing
  // Asked when asks_seen_versions (plan.h) says so. Value: whether one of the record's versions is still there.
  Observed<bool> seen_versions;
  Observed<Instant> source_created;  // by the list of buckets; asked when none of them is
  std::string fresh_nonce;           // random hex for a new protection, because the plan makes nothing random
};

}  // namespace s3dr::dr
