// What PutObject, CopyObject, CompleteMultipartUpload and the deletes share: one change and its clean-up.
// Minutes may have passed since the request came.
// So the change reads the bucket again and checks the precondition again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/objects/conditions.h"
#include "cloud/objects/object_table.h"
#include "cloud/objects/payload.h"

namespace s3dr::cloud {

// The bucket as it is now. Refuses NoSuchBucket if it was deleted since. Call within Database::write.
BucketRow bucket_in_change(Connection& db, std::int64_t bucket);

struct Committed {
  VersionRow row;
  std::vector<std::string> replaced_bodies;  // remove them after the commit
  bool queued_replication = false;
  bool bucket_is_versioned = false;  // true: the answer names the version id
};

// Puts `row` on top of its version stack:
// as version `fresh_id` in a versioned bucket, else as version `null`.
// Call within Database::write.
Committed commit_newest(Connection& db, std::int64_t bucket, VersionRow row, const WriteCondition& condition,
                        const s3::VersionId& fresh_id, Instant now);

// Removes replaced bodies and wakes replication.
void after_commit(RegionContext& region, const Committed& committed);

// Runs commit_newest in a write of the region's database, then after_commit.
// `body` is kept once the row refers to it.
Task<Committed> commit_upload(RegionContext& region, std::int64_t bucket, VersionRow row,
                              WriteCondition condition, StoredBody body);

// A new version id. Call it outside the change:
// the change may run on another thread, where Random must not be used.
s3::VersionId fresh_version_id(Random& random);

}  // namespace s3dr::cloud
