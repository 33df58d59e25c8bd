#include "cloud/objects/object_table.h"

#include <algorithm>
#include <utility>

#include "cloud/store/job_tasks.h"
#include "cloud/store/replication_queue.h"
#include "s3/replication_match.h"

namespace s3dr::cloud {
namespace {

// The order of `read_row`.
#define S3DR_VERSION_COLUMNS                                                                                 \
  "id, bucket, key, version_id, created_ms, sequence, is_latest, is_marker, size, etag, body, parts, "       \
  "checksum_algorithm, checksum_type, checksum_value, system_metadata, user_metadata, tags, storage_class, " \
  "replication_status"

VersionRow read_row(const Statement& row) {
  VersionRow result;
  result.id = row.integer(0);
  result.bucket = row.integer(1);
  result.key = s3::ObjectKey(row.text(2));
  result.version_id = s3::VersionId(row.text(3));
  result.created = Instant(milliseconds(row.integer(4)));
  result.sequence = row.integer(5);
  result.is_latest = row.integer(6) != 0;
  result.is_marker = row.integer(7) != 0;
  result.size = static_cast<std::uint64_t>(row.integer(8));
  result.etag = row.text(9);
  if (!row.is_null(10)) result.body = row.text(10);
  result.parts = row.text(11);
  result.checksum_algorithm = row.text(12);
  result.checksum_type = row.text(13);
  result.checksum_value = row.text(14);
  result.system_metadata = row.text(15);
  result.user_metadata = row.text(16);
  result.tags = s3::parse_tagging_header(row.text(17)).value_or(s3::TagSet());
  result.storage_class = row.text(18);
  result.replication_status = static_cast<s3::ReplicationStatus>(row.integer(19));
  return result;
}

std::int64_t to_ms(Instant instant) {
  return instant.time_since_epoch().count();
}

Statement::Blob blob(const s3::ObjectKey& key) {
  return {key.bytes()};
}

// A number greater than all numbers given out or seen in this region so far, and greater than `at_least`. It
// is used as row id and as sequence. The number of a removed version must not come back: on the replica two
// versions of one millisecond would have the same place,
// and a batch job's manifest would name the wrong version.
std::int64_t next_number(Connection& db, std::int64_t at_least) {
  auto row = db.prepare(
      "INSERT INTO counter (name, value) VALUES ('object_version', max(1, ?1)) "
      "ON CONFLICT (name) DO UPDATE SET value = max(value + 1, ?1) RETURNING value");
  row.bind(at_least);
  std::int64_t number = 0;
  while (row.step()) number = row.integer(0);
  return number;
}

void insert_row(Connection& db, const VersionRow& row) {
  db.prepare("INSERT INTO object_version (" S3DR_VERSION_COLUMNS
             ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(row.id, row.bucket, blob(row.key), row.version_id.text(), to_ms(row.created), row.sequence,
            row.is_latest, row.is_marker, row.size, row.etag, row.body, row.parts, row.checksum_algorithm,
            row.checksum_type, row.checksum_value, row.system_metadata, row.user_metadata,
            s3::to_tagging_header(row.tags), row.storage_class, static_cast<int>(row.replication_status))
      .run();
}

void delete_row(Connection& db, std::int64_t id) {
  dequeue_replication_of(db, id);
  drop_job_tasks(db, id);
  db.prepare("DELETE FROM object_version WHERE id = ?").bind(id).run();
}

void clear_latest(Connection& db, std::int64_t bucket, const s3::ObjectKey& key) {
  db.prepare("UPDATE object_version SET is_latest = 0 WHERE bucket = ? AND key = ? AND is_latest = 1")
      .bind(bucket, blob(key))
      .run();
}

std::optional<std::int64_t> top_of_stack(Connection& db, std::int64_t bucket, const s3::ObjectKey& key) {
  auto row = db.prepare(
      "SELECT id FROM object_version WHERE bucket = ? AND key = ? ORDER BY created_ms DESC, sequence DESC "
      "LIMIT 1");
  row.bind(bucket, blob(key));
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

// Brings is_latest in line with the order of the stack.
void refresh_latest(Connection& db, std::int64_t bucket, const s3::ObjectKey& key) {
  const auto top = top_of_stack(db, bucket, key);
  if (!top) return;
  clear_latest(db, bucket, key);
  db.prepare("UPDATE object_version SET is_latest = 1 WHERE id = ?").bind(*top).run();
}

std::vector<s3::MatchedRule> matching_rules(const BucketRow& bucket, const VersionRow& row) {
  if (!bucket.replication) return {};
  auto matched = s3::match_rules(*bucket.replication, row.key, row.tags);
  if (row.is_marker)
    std::erase_if(matched, [](const s3::MatchedRule& rule) { return !rule.replicates_delete_markers; });
  return matched;
}

bool queue_replication(Connection& db, const VersionRow& row, const std::vector<s3::MatchedRule>& rules,
                       Instant now) {
  bool queued = false;
  for (const s3::MatchedRule& rule : rules) {
    s3::ReplicationDestination destination;
    destination.bucket_arn = rule.destination_bucket_arn;
    const auto name = s3::destination_bucket(destination);
    if (!name) continue;  // PutBucketReplication refuses such a rule
    enqueue_replication(db, {row.id, row.bucket, row.size}, name->text(), rule.rule_id, now);
    queued = true;
  }
  return queued;
}

bool is_newer(const VersionRow& a, const VersionRow& b) {
  return std::pair(a.created, a.sequence) > std::pair(b.created, b.sequence);
}

}  // namespace

std::optional<VersionRow> find_version(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                       const s3::VersionId& version) {
  auto row = db.prepare("SELECT " S3DR_VERSION_COLUMNS
                        " FROM object_version WHERE bucket = ? AND key = ? AND version_id = ?");
  row.bind(bucket, blob(key), version.text());
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

std::optional<VersionRow> find_latest(Connection& db, std::int64_t bucket, const s3::ObjectKey& key) {
  auto row = db.prepare("SELECT " S3DR_VERSION_COLUMNS
                        " FROM object_version WHERE bucket = ? AND key = ? AND is_latest = 1");
  row.bind(bucket, blob(key));
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

std::optional<VersionRow> find_version(Connection& db, std::int64_t id) {
  auto row = db.prepare("SELECT " S3DR_VERSION_COLUMNS " FROM object_version WHERE id = ?");
  row.bind(id);
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

Inserted insert_newest(Connection& db, const BucketRow& bucket, VersionRow row, Instant now,
                       Replicates replicates) {
  Inserted result;
  const auto top = find_latest(db, bucket.id, row.key);
  row.bucket = bucket.id;
  row.created = top ? std::max(now, top->created) : now;
  row.sequence = next_number(db, top ? top->sequence + 1 : 1);
  row.id = row.sequence;
  row.is_latest = true;
  if (row.version_id.is_null()) {
    if (const auto replaced = find_version(db, bucket.id, row.key, row.version_id)) {
      result.replaced_body = replaced->body;
      delete_row(db, replaced->id);
    }
  }
  clear_latest(db, bucket.id, row.key);
  // `null` versions are not replicated live (docs/protocol.md, Replication semantics).
  // A batch job replicates them.
  const bool stays = row.version_id.is_null() || replicates == Replicates::never;
  const auto rules = stays ? std::vector<s3::MatchedRule>() : matching_rules(bucket, row);
  row.replication_status = rules.empty() ? s3::ReplicationStatus::none : s3::ReplicationStatus::pending;
  insert_row(db, row);
  result.queued_replication = queue_replication(db, row, rules, now);
  result.row = std::move(row);
  return result;
}

Placed insert_replica(Connection& db, const BucketRow& bucket, VersionRow row) {
  row.bucket = bucket.id;
  row.replication_status = s3::ReplicationStatus::replica;
  Placed result;
  if (const auto existing = find_version(db, bucket.id, row.key, row.version_id)) {
    const bool same = existing->is_marker == row.is_marker && existing->size == row.size &&
                      existing->checksum_algorithm == row.checksum_algorithm &&
                      existing->checksum_value == row.checksum_value;
    const bool same_place = existing->created == row.created && existing->sequence == row.sequence;
    if (same && same_place) {
      db.prepare(
            "UPDATE object_version SET tags = ?, system_metadata = ?, user_metadata = ?, replication_status "
            "= ? "
            "WHERE id = ?")
          .bind(s3::to_tagging_header(row.tags), row.system_metadata, row.user_metadata,
                static_cast<int>(row.replication_status), existing->id)
          .run();
      return result;
    }
    // A `null` version that a user wrote here belongs to the user: replication does not replace it.
    const bool a_replica = existing->replication_status == s3::ReplicationStatus::replica;
    if (!row.version_id.is_null() || !a_replica)
      throw Error(ErrorKind::corrupt, "another version has this version id already")
          .with_code("VersionConflict")
          .with_status(409)
          .with_resource(s3::object_url(bucket.name, row.key));
    if (!is_newer(row, *existing)) return result;
    result.replaced_body = existing->body;
    delete_row(db, existing->id);
  }
  row.id = next_number(db, row.sequence);
  row.is_latest = false;
  insert_row(db, row);
  refresh_latest(db, bucket.id, row.key);
  result.inserted = true;
  return result;
}

std::optional<VersionRow> remove_version(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                         const s3::VersionId& version) {
  auto row = find_version(db, bucket, key, version);
  if (!row) return std::nullopt;
  delete_row(db, row->id);
  if (row->is_latest) refresh_latest(db, bucket, key);
  return row;
}

bool replace_tags(Connection& db, const BucketRow& bucket, VersionRow row, s3::TagSet tags, Instant now) {
  using enum s3::ReplicationStatus;
  // Rules match the tags that an object was written with (docs/protocol.md, Replication semantics). So a
  // change of tags is sent to where the object went.
  const bool replicated = row.replication_status == pending || row.replication_status == completed;
  const auto rules = replicated ? matching_rules(bucket, row) : std::vector<s3::MatchedRule>();
  const bool queued = queue_replication(db, row, rules, now);
  db.prepare("UPDATE object_version SET tags = ?, replication_status = ? WHERE id = ?")
      .bind(s3::to_tagging_header(tags), static_cast<int>(queued ? pending : row.replication_status), row.id)
      .run();
  return queued;
}

s3::VersionId new_version_id(const BucketRow& bucket, Random& random) {
  if (bucket.versioning != s3::Versioning::enabled) return s3::VersionId::null();
  return s3::VersionId(random.alphanumeric(32));
}

}  // namespace s3dr::cloud
