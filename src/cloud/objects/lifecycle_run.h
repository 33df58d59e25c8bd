// Acts on the lifecycle rules of a region's buckets. In batches: each one is a commit that stands for itself, so a
// killed region loses nothing and its next run does the rest.
// S3 does not ask policies for it, writes no event of CloudTrail, and does not replicate what it does.
#pragma once

#include <cstdint>
#include <string>

#include "base/notifier.h"
#include "base/task.h"
#include "cloud/objects/object_table.h"
#include "s3/lifecycle.h"

namespace s3dr::cloud {

// Runs until cancelled: at the start, after each change of rules (`wake`), and after each midnight UTC.
Task<> run_lifecycle(RegionContext& region, Notifier& wake);

// One pass over all buckets that have rules. Versions come by keys, descending, and of one key the oldest first:
// a delete marker is looked at when what was below it has gone.
struct LifecyclePass {
  int rows_a_batch = 500;
  enum class Part { bucket, versions, uploads } part = Part::bucket;  // what comes next
  std::int64_t bucket = 0;
  std::string key, upload_id;  // up to where it was looked
  std::int64_t created_ms = 0, sequence = 0;
  std::size_t expired = 0, removed = 0, aborted = 0;  // what was done
};
// One batch. False: the pass is at its end.
Task<bool> lifecycle_step(RegionContext& region, LifecyclePass& pass);

// The bucket's rules; none if it has none.
s3::LifecycleRules lifecycle_rules(Connection& db, std::int64_t bucket);
// x-amz-expiration, if a rule ends this version. Only the current version has it.
void add_expiration_header(RegionContext& region, Headers& headers, const VersionRow& row);

}  // namespace s3dr::cloud
