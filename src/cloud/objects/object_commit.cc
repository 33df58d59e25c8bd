#include "cloud/objects/object_commit.h"

#include <utility>

#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {

BucketRow bucket_in_change(Connection& db, std::int64_t bucket) {
  auto row = find_bucket(db, bucket);
  if (!row) throw refuse("NoSuchBucket", "The specified bucket does not exist");
  return std::move(*row);
}

s3::VersionId fresh_version_id(Random& random) {
  BucketRow versioned;
  versioned.versioning = s3::Versioning::enabled;
  return new_version_id(versioned, random);
}

Committed commit_newest(Connection& db, std::int64_t bucket, VersionRow row, const WriteCondition& condition,
                        const s3::VersionId& fresh_id, Instant now) {
  const BucketRow bucket_row = bucket_in_change(db, bucket);
  const auto current = find_latest(db, bucket, row.key);
  check(condition, current ? &*current : nullptr);
  row.version_id = bucket_row.versioning == s3::Versioning::enabled ? fresh_id : s3::VersionId::null();
  Inserted inserted = insert_newest(db, bucket_row, std::move(row), now);
  Committed committed;
  committed.row = std::move(inserted.row);
  if (inserted.replaced_body) committed.replaced_bodies.push_back(std::move(*inserted.replaced_body));
  committed.queued_replication = inserted.queued_replication;
  committed.bucket_is_versioned = bucket_row.versioning != s3::Versioning::never_enabled;
  return committed;
}

void after_commit(RegionContext& region, const Committed& committed) {
  for (const std::string& body : committed.replaced_bodies) region.bodies.remove(body);
  if (committed.queued_replication && region.wake_replication) region.wake_replication();
}

Task<Committed> commit_upload(RegionContext& region, std::int64_t bucket, VersionRow row,
                              WriteCondition condition, StoredBody body) {
  row.body = body.id();
  const s3::VersionId fresh_id = fresh_version_id(region.random);
  Committed committed = co_await region.database.write([&](Connection& db) {
    const Instant now = region.clock.now();  // here, so that creation and visibility lie close together
    Committed result = commit_newest(db, bucket, row, condition, fresh_id, now);
    body.keep();
    return result;
  });
  after_commit(region, committed);
  co_return committed;
}

}  // namespace s3dr::cloud
