// What PutObject, CopyObject, CompleteMultipartUpload and the deletes have in common: one change that looks
// the bucket and the precondition up again, because minutes may have passed since the request came, and the
// clean-up after it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/objects/conditions.h"
#include "cloud/objects/object_table.h"
#include "cloud/objects/payload.h"

namespace s3dr::cloud {

// The bucket as it is now. Refuses NoSuchBucket when it was deleted meanwhile. Call within Database::write.
BucketRow bucket_in_change(Connection& db, std::int64_t bucket);

struct Committed {
  VersionRow row;
  std::vector<std::string> replaced_bodies;  // to be removed after the commit
  bool queued_replication = false;
  bool bucket_is_versioned = false;  // then answers name the version id
};

// Puts `row` on top of its stack: as `fresh_id` in a versioned bucket, as `null` elsewhere. Call within
// Database::write.
Committed commit_newest(Connection& db, std::int64_t bucket, VersionRow row, const WriteCondition& condition,
                        const s3::VersionId& fresh_id, Instant now);

// Removes replaced bodies and wakes replication.
void after_commit(RegionContext& region, const Committed& committed);

// commit_newest through the region's database with `body` (kept once the row refers to it), then
// after_commit.
Task<Committed> commit_upload(RegionContext& region, std::int64_t bucket, VersionRow row,
                              WriteCondition condition, StoredBody body);

// A version id drawn outside the change, which may run on another thread.
s3::VersionId fresh_version_id(Random& random);

}  // namespace s3dr::cloud
