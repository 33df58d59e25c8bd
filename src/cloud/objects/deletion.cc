#include "cloud/objects/deletion.h"

#include <utility>

namespace s3dr::cloud {

Deletion delete_one(Connection& db, const BucketRow& bucket, const s3::ObjectKey& key,
                    const std::optional<s3::VersionId>& version, const WriteCondition& condition,
                    const s3::VersionId& fresh_id, Instant now, Replicates replicates) {
  Deletion deletion;
  if (version) {
    const auto row = find_version(db, bucket.id, key, *version);
    check(condition, row ? &*row : nullptr);
    deletion.version_id = *version;
    if (!row) return deletion;
    remove_version(db, bucket.id, key, *version);
    deletion.is_marker = row->is_marker;
    deletion.removed_body = row->body;
    return deletion;
  }
  const auto current = find_latest(db, bucket.id, key);
  check(condition, current ? &*current : nullptr);
  if (bucket.versioning == s3::Versioning::never_enabled) {
    if (const auto removed = remove_version(db, bucket.id, key, s3::VersionId::null()))
      deletion.removed_body = removed->body;
    return deletion;
  }
  VersionRow marker;
  marker.key = key;
  marker.is_marker = true;
  marker.version_id = bucket.versioning == s3::Versioning::enabled ? fresh_id : s3::VersionId::null();
  const Inserted inserted = insert_newest(db, bucket, std::move(marker), now, replicates);
  deletion.version_id = inserted.row.version_id;
  deletion.is_marker = deletion.made_marker = true;
  deletion.removed_body = inserted.replaced_body;
  deletion.queued_replication = inserted.queued_replication;
  return deletion;
}

void after_deletion(RegionContext& region, const std::vector<Deletion>& deletions) {
  bool queued = false;
  for (const Deletion& deletion : deletions) {
    if (deletion.removed_body) region.bodies.remove(*deletion.removed_body);
    queued |= deletion.queued_replication;
  }
  if (queued && region.wake_replication) region.wake_replication();
}

}  // namespace s3dr::cloud
