#include "cloud/objects/lifecycle_run.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "cloud/objects/deletion.h"
#include "cloud/objects/lifecycle_action.h"
#include "cloud/objects/object_commit.h"
#include "cloud/objects/upload_table.h"
#include "cloud/store/bucket_table.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {
namespace {

using Part = LifecyclePass::Part;

constexpr std::size_t key_bytes_max = 1024;
constexpr std::int64_t newer_versions_max = 100;                 // more no rule can ask for
constexpr milliseconds clock_looked_at = std::chrono::hours(1);  // wall time may jump

Statement::Blob blob(const std::string& key) {
  return {key};
}

struct Place {
  std::int64_t id = 0;
  std::string key;
  std::int64_t created_ms = 0, sequence = 0;
};

void take(Statement row, std::vector<Place>& places) {
  while (row.step()) places.push_back({row.integer(0), row.text(1), row.integer(2), row.integer(3)});
}

// The rest of the key that was begun, then the keys below it.
std::vector<Place> next_places(Connection& db, const LifecyclePass& pass) {
  std::vector<Place> places;
  auto rest = db.prepare(
      "SELECT id, key, created_ms, sequence FROM object_version WHERE bucket = ? AND key = ? AND "
      "(created_ms, sequence) > (?, ?) ORDER BY created_ms, sequence LIMIT ?");
  rest.bind(pass.bucket, blob(pass.key), pass.created_ms, pass.sequence, pass.rows_a_batch);
  take(std::move(rest), places);
  const auto room = pass.rows_a_batch - static_cast<int>(places.size());
  if (room == 0) return places;
  auto below = db.prepare(
      "SELECT id, key, created_ms, sequence FROM object_version WHERE bucket = ? AND key < ? "
      "ORDER BY key DESC, created_ms, sequence LIMIT ?");
  below.bind(pass.bucket, blob(pass.key), room);
  take(std::move(below), places);
  return places;
}

bool is_only_version(Connection& db, const VersionRow& row) {
  auto other = db.prepare("SELECT 1 FROM object_version WHERE bucket = ? AND key = ? LIMIT 1 OFFSET 1");
  other.bind(row.bucket, blob(row.key.bytes()));
  return !other.step();
}

// A version is noncurrent since the next one was written.
Instant noncurrent_since(Connection& db, const VersionRow& row) {
  auto next = db.prepare(
      "SELECT created_ms FROM object_version WHERE bucket = ? AND key = ? AND (created_ms, sequence) > (?, "
      "?) "
      "ORDER BY created_ms, sequence LIMIT 1");
  next.bind(row.bucket, blob(row.key.bytes()), row.created.time_since_epoch().count(), row.sequence);
  return next.step() ? Instant(milliseconds(next.integer(0))) : row.created;
}

std::int64_t newer_noncurrent(Connection& db, const VersionRow& row) {
  auto newer = db.prepare(
      "SELECT 1 FROM object_version WHERE bucket = ? AND key = ? AND (created_ms, sequence) > (?, ?) "
      "AND is_latest = 0 AND is_marker = 0 LIMIT ?");
  newer.bind(row.bucket, blob(row.key.bytes()), row.created.time_since_epoch().count(), row.sequence,
             newer_versions_max);
  std::int64_t count = 0;
  while (newer.step()) ++count;
  return count;
}

LifecycleSubject subject_of(const VersionRow& row) {
  LifecycleSubject subject;
  subject.key = row.key;
  subject.tags = row.tags;
  subject.size = row.size;
  subject.is_marker = row.is_marker;
  subject.replication = row.replication_status;
  subject.created = row.created;
  return subject;
}

LifecycleAction action_on(Connection& db, const s3::LifecycleRules& rules, const VersionRow& row,
                          Instant now) {
  LifecycleSubject subject = subject_of(row);
  if (row.is_latest) {
    subject.only_version = row.is_marker && is_only_version(db, row);
  } else {
    subject.noncurrent_since = noncurrent_since(db, row);
    subject.newer_noncurrent = newer_noncurrent(db, row);
  }
  return lifecycle_action(rules, subject, now);
}

struct Due {
  std::int64_t id = 0;
  s3::VersionId fresh_id;  // of the delete marker, if there will be one
};

// Much may have changed since these were found due: bucket, rules and versions are read again.
std::vector<Deletion> end_versions(Connection& db, std::int64_t bucket_id, const std::vector<Due>& due,
                                   Instant now) {
  std::vector<Deletion> deletions;
  const auto bucket = find_bucket(db, bucket_id);
  if (!bucket) return deletions;
  const s3::LifecycleRules rules = lifecycle_rules(db, bucket_id);
  for (const Due& one : due) {
    const auto row = find_version(db, one.id);
    const auto action = row ? action_on(db, rules, *row, now) : LifecycleAction::none;
    if (action == LifecycleAction::none) continue;
    const auto version = action == LifecycleAction::remove ? std::optional(row->version_id) : std::nullopt;
    deletions.push_back(delete_one(db, *bucket, row->key, version, {}, one.fresh_id, now, Replicates::never));
  }
  return deletions;
}

void begin_uploads(LifecyclePass& pass) {
  pass.part = Part::uploads;
  pass.key.clear();
  pass.upload_id.clear();
}

Task<> step_versions(RegionContext& region, LifecyclePass& pass) {
  Connection& reader = region.database.reader();
  const Instant now = region.clock.now();
  const s3::LifecycleRules rules = lifecycle_rules(reader, pass.bucket);
  const std::vector<Place> places = next_places(reader, pass);
  std::vector<Due> due;
  for (const Place& place : places) {
    const auto row = find_version(reader, place.id);
    if (row && action_on(reader, rules, *row, now) != LifecycleAction::none)
      due.push_back({place.id, fresh_version_id(region.random)});
  }
  if (places.size() < static_cast<std::size_t>(pass.rows_a_batch)) {
    begin_uploads(pass);
  } else {
    pass.key = places.back().key;
    pass.created_ms = places.back().created_ms;
    pass.sequence = places.back().sequence;
  }
  if (due.empty()) co_return;
  const auto deletions = co_await region.database.write(
      [&](Connection& db) { return end_versions(db, pass.bucket, due, region.clock.now()); });
  after_deletion(region, deletions);
  for (const Deletion& deletion : deletions) ++(deletion.made_marker ? pass.expired : pass.removed);
}

struct UploadPlace {
  std::string key, upload_id;
  Instant initiated{};
};

std::vector<UploadPlace> next_uploads(Connection& db, const LifecyclePass& pass) {
  std::vector<UploadPlace> uploads;
  auto row = db.prepare(
      "SELECT key, upload_id, initiated_ms FROM upload WHERE bucket = ? AND (key, upload_id) > (?, ?) "
      "ORDER BY key, upload_id LIMIT ?");
  row.bind(pass.bucket, blob(pass.key), pass.upload_id, pass.rows_a_batch);
  while (row.step()) uploads.push_back({row.text(0), row.text(1), Instant(milliseconds(row.integer(2)))});
  return uploads;
}

Task<> step_uploads(RegionContext& region, LifecyclePass& pass) {
  Connection& reader = region.database.reader();
  const Instant now = region.clock.now();
  const s3::LifecycleRules found_rules = lifecycle_rules(reader, pass.bucket);
  const std::vector<UploadPlace> uploads = next_uploads(reader, pass);
  std::vector<UploadPlace> due;
  for (const UploadPlace& upload : uploads) {
    if (!region.uploads_completing.contains(upload.upload_id) &&
        aborts_upload(found_rules, s3::ObjectKey(upload.key), upload.initiated, now))
      due.push_back(upload);
  }
  if (uploads.size() < static_cast<std::size_t>(pass.rows_a_batch)) {
    pass.part = Part::bucket;
  } else {
    pass.key = uploads.back().key;
    pass.upload_id = uploads.back().upload_id;
  }
  if (due.empty()) co_return;
  const auto bodies = co_await region.database.write([&](Connection& db) {
    std::vector<std::string> removed;
    const s3::LifecycleRules rules = lifecycle_rules(db, pass.bucket);
    for (const UploadPlace& upload : due) {
      const s3::ObjectKey key(upload.key);
      const auto row = find_upload(db, pass.bucket, key, upload.upload_id);
      if (row && aborts_upload(rules, key, row->initiated, now))
        std::ranges::move(remove_upload(db, row->id), std::back_inserter(removed));
    }
    return removed;
  });
  for (const std::string& body : bodies) region.bodies.remove(body);
  pass.aborted += due.size();
}

bool next_bucket(RegionContext& region, LifecyclePass& pass) {
  auto row = region.database.reader().prepare(
      "SELECT bucket FROM bucket_lifecycle WHERE bucket > ? ORDER BY bucket LIMIT 1");
  row.bind(pass.bucket);
  if (!row.step()) return false;
  pass.bucket = row.integer(0);
  pass.part = Part::versions;
  pass.key = std::string(key_bytes_max + 1, '\xff');  // above every key
  return true;
}

Task<> run_pass(RegionContext& region) {
  LifecyclePass pass;
  while (co_await lifecycle_step(region, pass)) {
    co_await region.clock.sleep(milliseconds(0));  // requests come between the batches
  }
  if (pass.expired + pass.removed + pass.aborted == 0) co_return;
  region.log.info("lifecycle rules acted", {{"expired", std::to_string(pass.expired)},
                                            {"removed", std::to_string(pass.removed)},
                                            {"aborted", std::to_string(pass.aborted)}});
}

}  // namespace

s3::LifecycleRules lifecycle_rules(Connection& db, std::int64_t bucket) {
  auto row = db.prepare("SELECT document FROM bucket_lifecycle WHERE bucket = ?");
  row.bind(bucket);
  return row.step() ? s3::parse_lifecycle(row.text(0)) : s3::LifecycleRules();
}

void add_expiration_header(RegionContext& region, Headers& headers, const VersionRow& row) {
  if (!row.is_latest) return;
  const auto expiry =
      lifecycle_expiry(lifecycle_rules(region.database.reader(), row.bucket), subject_of(row));
  if (!expiry) return;
  headers.set("x-amz-expiration", "expiry-date=\"" + to_http_date(expiry->at) + "\", rule-id=\"" +
                                      uri_encode(expiry->rule_id) + "\"");
}

Task<bool> lifecycle_step(RegionContext& region, LifecyclePass& pass) {
  switch (pass.part) {
    case Part::bucket:
      co_return next_bucket(region, pass);
    case Part::versions:
      co_await step_versions(region, pass);
      co_return true;
    case Part::uploads:
      co_await step_uploads(region, pass);
      co_return true;
  }
  co_return false;
}

Task<> run_lifecycle(RegionContext& region, Notifier& wake) {
  while (true) {
    co_await region.clock.sleep(region.options.lifecycle_delay);
    // Taken before the pass: one that goes on past midnight is followed by another one.
    const Instant next = std::chrono::floor<std::chrono::days>(region.clock.now()) + std::chrono::days(1);
    co_await run_pass(region);
    bool changed = false;
    while (!changed && region.clock.now() < next) {
      const milliseconds left = next - region.clock.now();
      const milliseconds limit = std::min(left, clock_looked_at);
      const milliseconds before = region.clock.uptime();
      co_await wake.wait(region.clock, limit);
      changed = region.clock.uptime() - before < limit;
    }
  }
}

}  // namespace s3dr::cloud
