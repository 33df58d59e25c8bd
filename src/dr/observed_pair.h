// Everything that was seen of one source bucket, its replica and its record: what dr/plan.h decides on.
// Filled by functions/observe.h.
#pragma once

#include <string>

#include "dr/observed.h"
#include "dr/record.h"
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

struct ObservedPair {
  s3::BucketName bucket;          // the source's name
  s3::BucketName replica_bucket;  // the name that was looked at as replica; see replica_candidate
  ObservedBucket source;
  Observed<s3::ReplicationConfiguration> replication;  // of the source
  ObservedBucket replica;
  Observed<std::string>
      replica_policy;  // its bucket policy, JSON. Asked with two accounts (replica_policy.h)
  Observed<Record> record;
  std::string record_etag;           // of the record, when it has a value
  Observed<s3::JobDescription> job;  // of the record's running backfill; absent: the store does not know it
  Observed<bool> batch_jobs;         // value: the source's store runs batch jobs. Asked until the first rule
  std::string fresh_nonce;           // random hex, for a protection that is new (the plan rolls no dice)
};

}  // namespace s3dr::dr
