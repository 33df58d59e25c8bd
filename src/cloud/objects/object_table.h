// The version stacks: inserts and removes versions, with everything that must commit together with them
// (is_latest, replication tasks and status).
// Used by PUT, copy, multipart and delete, and by the receiving side of replication.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cloud/store/context.h"

namespace s3dr::cloud {

struct VersionRow {
  std::int64_t id = 0;
  std::int64_t bucket = 0;
  s3::ObjectKey key;
  s3::VersionId version_id;
  Instant created{};
  std::int64_t sequence = 0;
  bool is_latest = false;
  bool is_marker = false;
  std::uint64_t size = 0;
  std::string etag;
  std::optional<std::string> body;
  std::string parts;
  std::string checksum_algorithm, checksum_type, checksum_value;
  std::string system_metadata = "{}", user_metadata = "{}";  // JSON, as in the table
  s3::TagSet tags;
  std::string storage_class = "STANDARD";
  s3::ReplicationStatus replication_status = s3::ReplicationStatus::none;
};

std::optional<VersionRow> find_version(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                       const s3::VersionId& version);
std::optional<VersionRow> find_latest(Connection& db, std::int64_t bucket, const s3::ObjectKey& key);
std::optional<VersionRow> find_version(Connection& db, std::int64_t id);

struct Inserted {
  VersionRow row;
  std::optional<std::string> replaced_body;  // of a replaced `null` version; remove it after the commit
  bool queued_replication = false;           // true: call wake_replication after the commit
};

enum class Replicates { by_rules, never };

// Puts a new version or delete marker of a user on top of its stack. Call within Database::write.
// - `row` brings key, version_id, body, checksums and metadata. The bucket's versioning decides the
//   version_id: a new id, or `null`, which replaces an existing `null`.
// - This function sets created, sequence and is_latest: created = max(now, created of the top), and the
//   sequence that makes this version the newest.
// - It evaluates the bucket's live replication rules
//   and queues tasks (status PENDING) in the same transaction. `never`: it does not, as S3 does with the
//   delete markers of lifecycle rules.
Inserted insert_newest(Connection& db, const BucketRow& bucket, VersionRow row, Instant now,
                       Replicates replicates = Replicates::by_rules);

// Puts a version into its stack in the order of (created, sequence), for the receiving side of replication.
// Idempotent by (bucket, key, version_id). What happens if that version id exists already:
// - the same data at the same place: its tags and metadata are updated, and `inserted` is false
// - a `null` replica: it is replaced if the new version is newer
// - anything else: raises corrupt VersionConflict (409), and nothing changes
struct Placed {
  bool inserted = false;
  std::optional<std::string> replaced_body;
};
Placed insert_replica(Connection& db, const BucketRow& bucket, VersionRow row);

// Removes one version for good. The next one becomes the latest. Returns the removed row, because the caller
// must remove its body; nullopt: there was none.
std::optional<VersionRow> remove_version(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                         const s3::VersionId& version);

// Sets the tags of a version. A version that was replicated, or waits for replication, is queued again with
// the status PENDING. True: call wake_replication after the commit.
bool replace_tags(Connection& db, const BucketRow& bucket, VersionRow row, s3::TagSet tags, Instant now);

// A new version id: 32 random URL-safe characters. `null` for unversioned and suspended buckets.
s3::VersionId new_version_id(const BucketRow& bucket, Random& random);

}  // namespace s3dr::cloud
