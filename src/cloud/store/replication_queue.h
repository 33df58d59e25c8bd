// The durable replication queue: which version goes to which bucket by which rule, and how much waits by rule.
// Every function changes an entry and its rule's numbers together, so within the caller's transaction the
// numbers equal the entries. Live writes and batch jobs add entries; replication/replication.h sends them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/store/database.h"

namespace s3dr::cloud {

// What to send. The version's row must be there.
struct QueuedVersion {
  std::int64_t id = 0;
  std::int64_t bucket = 0;
  std::uint64_t size = 0;
};

// Due at once. Takes the place of an entry of the same version and destination, under a new id: a sender may
// still be sending the old state, and it removes its entry by id.
void enqueue_replication(Connection& db, const QueuedVersion& version, std::string_view destination,
                         std::string_view rule_id, Instant now);
// The same, but an entry of the same version and destination stays as it is.
void enqueue_replication_once(Connection& db, const QueuedVersion& version, std::string_view destination,
                              std::string_view rule_id, Instant now);

// Removes an entry. False: it is not there.
bool dequeue_replication(Connection& db, std::int64_t entry);
// Removes all entries of a version. Needed before the version's row is deleted.
void dequeue_replication_of(Connection& db, std::int64_t object_version);

struct PendingReplication {
  std::string source, destination, rule_id;  // bucket, bucket, rule
  std::int64_t operations = 0, bytes = 0;
  Instant oldest{};  // when the entry that waits longest was queued
};
// The rules that have entries.
std::vector<PendingReplication> pending_replication(Connection& db);

// Makes the numbers by rule again from the entries. For the start only: it reads the whole queue. A database of
// an earlier release has no numbers.
void recount_replication(Connection& db);

}  // namespace s3dr::cloud
