// What the three functions get: the ports of both sides, the record store, the topics, clock, randomness, log
// and policy. Built by control/ (serve), by lambda/ (AWS) and by the fakes of the tests.
// All three read both sides. Each one writes only its own part (docs/architecture.md, The flow):
//   source_bucket_check        source versioning, record
//   destination_bucket_check   replica bucket, record
//   enable_replication         source replication configuration, batch jobs, record
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "dr/policy.h"
#include "ports/batch_jobs.h"
#include "ports/bucket_store.h"
#include "ports/document_store.h"
#include "ports/topic.h"

namespace s3dr::functions {

// References. What they refer to outlives every call made with it.
struct Context {
  ports::BucketStore& source;
  ports::BucketStore& destination;
  ports::DocumentStore& records;  // the control bucket
  ports::BatchJobs& jobs;         // the source's region and account
  ports::Topic& to_destination_bucket_check;
  ports::Topic& to_enable_replication;
  Clock& clock;
  Random& random;
  Log& log;
  const dr::Policy& policy;
};

}  // namespace s3dr::functions
