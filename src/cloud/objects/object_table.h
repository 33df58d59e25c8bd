// The version stacks: inserting and removing versions with everything that must commit together with it
// (is_latest, replication tasks and status). Shared by PUT, copy, multipart, delete and by the replica side
// of replication.
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
  std::optional<std::string>
      replaced_body;                // body id of a `null` version that was replaced: remove after the commit
  bool queued_replication = false;  // call wake_replication after the commit
};

// Puts a new version (or delete marker) made by a user on top of its stack. `row` brings key, version_id (as
// the bucket's versioning decides: a new id, or `null` which replaces an existing `null`), body, checksums
// and metadata; created, sequence and is_latest are set here: created = max(now, created of the top),
// sequence so that the new one is the newest. Evaluates the bucket's live replication rules and queues tasks
// (status PENDING) in the same transaction. Call within Database::write.
Inserted insert_newest(Connection& db, const BucketRow& bucket, VersionRow row, Instant now);

// Puts a version where it belongs by (created, sequence), as the replica side of replication does. Idempotent
// by (bucket, key, version_id): already there with the same checksum → false (tags and metadata are updated).
// A different `null` version is replaced only by a newer one.
struct Placed {
  bool inserted = false;
  std::optional<std::string> replaced_body;
};
Placed insert_replica(Connection& db, const BucketRow& bucket, VersionRow row);

// Removes one version for good; the next one becomes the latest. Returns its row (for the body id).
std::optional<VersionRow> remove_version(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                         const s3::VersionId& version);

// Sets the tags of a version. One that has been replicated, or is about to be, is queued again, and its
// status is PENDING; true: call wake_replication after the commit.
bool replace_tags(Connection& db, const BucketRow& bucket, VersionRow row, s3::TagSet tags, Instant now);

// A new version id: 32 URL-safe characters, random; unversioned and suspended buckets use `null`.
s3::VersionId new_version_id(const BucketRow& bucket, Random& random);

}  // namespace s3dr::cloud
