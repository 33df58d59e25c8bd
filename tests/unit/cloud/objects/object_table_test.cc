#include "cloud/objects/object_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cloud/store/database.h"
#include "cloud/store/schema.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

// A bucket in a database of its own.
struct World {
  explicit World(Random& random)
      : storage(make_memory_storage("object-table", random)), db(storage->open_database()) {
    db.execute(region_schema);
    db.execute("INSERT INTO bucket (id, name, account, created_ms) VALUES (1, 'source', '111122223333', 0)");
    bucket.id = 1;
    bucket.name = s3::BucketName::parse("source");
    bucket.versioning = s3::Versioning::enabled;
  }
  std::unique_ptr<MemoryStorage> storage;
  Connection db;
  BucketRow bucket;
};

Instant at(std::int64_t ms) {
  return Instant(milliseconds(ms));
}

VersionRow version(const std::string& key, const std::string& id, bool marker = false) {
  VersionRow row;
  row.key = s3::ObjectKey(key);
  row.version_id = s3::VersionId(id);
  row.is_marker = marker;
  row.etag = marker ? "" : "etag-" + id;
  if (!marker) row.body = "body-" + id;
  row.checksum_algorithm = marker ? "" : "CRC64NVME";
  row.checksum_value = marker ? "" : "sum-" + id;
  return row;
}

// One line a version, newest first, with everything that orders it and everything that identifies it.
std::string stack(Connection& db, const std::string& key) {
  std::string text;
  auto row = db.prepare(
      "SELECT version_id, created_ms, sequence, is_latest, is_marker, COALESCE(body, '-') FROM "
      "object_version "
      "WHERE bucket = 1 AND key = ? ORDER BY created_ms DESC, sequence DESC");
  row.bind(Statement::Blob{key});
  while (row.step()) {
    for (int column = 0; column < 6; ++column) text += row.text(column) + " ";
    text += "\n";
  }
  return text;
}

std::vector<std::string> ids(Connection& db, const std::string& key) {
  std::vector<std::string> result;
  auto row = db.prepare(
      "SELECT version_id FROM object_version WHERE bucket = 1 AND key = ? ORDER BY created_ms DESC, sequence "
      "DESC");
  row.bind(Statement::Blob{key});
  while (row.step()) result.push_back(row.text(0));
  return result;
}

// Exactly the newest version of a stack is the latest.
void expect_latest_is_top(Connection& db, const std::string& key) {
  auto row = db.prepare(
      "SELECT is_latest FROM object_version WHERE bucket = 1 AND key = ? ORDER BY created_ms DESC, sequence "
      "DESC");
  row.bind(Statement::Blob{key});
  bool first = true;
  while (row.step()) {
    EXPECT_EQ(row.integer(0), first ? 1 : 0);
    first = false;
  }
}

TEST(ObjectTable, RandomOperationsGiveTheStackOfTheModel) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto random = make_seeded_random(seed);
    World world(*random);
    std::map<std::string, std::vector<std::string>> model;  // newest first
    std::int64_t now = 1000;
    for (int step = 0; step < 60; ++step) {
      const std::string key(1, static_cast<char>('a' + random->below(3)));
      auto& expected = model[key];
      now +=
          static_cast<std::int64_t>(random->below(3)) - 1;  // the clock stands still and jumps back as well
      switch (random->below(5)) {
        case 0:
        case 1: {  // put, or a delete marker, as versioning stands
          const auto id = new_version_id(world.bucket, *random);
          std::erase(expected, id.text());
          expected.insert(expected.begin(), id.text());
          const auto inserted =
              insert_newest(world.db, world.bucket, version(key, id.text(), random->chance(0.3)), at(now));
          EXPECT_TRUE(inserted.row.is_latest);
          break;
        }
        case 2:  // a version is removed
          if (!expected.empty()) {
            const auto id = expected[random->below(expected.size())];
            std::erase(expected, id);
            EXPECT_TRUE(remove_version(world.db, 1, s3::ObjectKey(key), s3::VersionId(id)));
          } else {
            EXPECT_FALSE(remove_version(world.db, 1, s3::ObjectKey(key), s3::VersionId("absent")));
          }
          break;
        case 3:
          world.bucket.versioning = random->chance(0.7) ? s3::Versioning::enabled : s3::Versioning::suspended;
          break;
        case 4: {  // a replica that is older than all: it goes to the bottom
          auto row = version(key, random->alphanumeric(32));
          row.created = at(100 - step);
          row.sequence = 1;
          expected.push_back(row.version_id.text());
          EXPECT_TRUE(insert_replica(world.db, world.bucket, row).inserted);
          break;
        }
      }
      EXPECT_EQ(ids(world.db, key), expected);
      expect_latest_is_top(world.db, key);
    }
  }
}

TEST(ObjectTable, ReplicasGiveTheSourceStackInAnyOrderOfArrival) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto random = make_seeded_random(seed);
    World source(*random);
    World replica(*random);
    std::vector<VersionRow> sent;
    std::int64_t now = 1000;
    for (int step = 0; step < 20; ++step) {
      now += static_cast<std::int64_t>(random->below(2));
      // The first few writes are of the time before versioning.
      source.bucket.versioning = step < 3 ? s3::Versioning::never_enabled : s3::Versioning::enabled;
      const auto id = new_version_id(source.bucket, *random);
      sent.push_back(
          insert_newest(source.db, source.bucket, version("k", id.text(), random->chance(0.3)), at(now)).row);
    }
    for (std::size_t i = sent.size(); i > 1; --i) std::swap(sent[i - 1], sent[random->below(i)]);
    for (const VersionRow& row : sent) insert_replica(replica.db, replica.bucket, row);
    const std::string expected = stack(source.db, "k");
    EXPECT_EQ(stack(replica.db, "k"), expected);
    expect_latest_is_top(replica.db, "k");
    for (const VersionRow& row : sent)  // and once more: nothing changes
      EXPECT_FALSE(insert_replica(replica.db, replica.bucket, row).inserted);
    EXPECT_EQ(stack(replica.db, "k"), expected);
  }
}

TEST(ObjectTable, NumbersOfRemovedVersionsDoNotComeBack) {
  const auto random = make_seeded_random(1);
  World world(*random);
  insert_newest(world.db, world.bucket, version("k", "one"), at(5));
  const auto removed = insert_newest(world.db, world.bucket, version("k", "two"), at(5)).row;
  remove_version(world.db, 1, s3::ObjectKey("k"), s3::VersionId("two"));
  const auto next = insert_newest(world.db, world.bucket, version("k", "three"), at(5)).row;
  EXPECT_GT(next.sequence, removed.sequence);
  EXPECT_GT(next.id, removed.id);
  auto replica = version("k", "four");
  replica.created = at(6);
  replica.sequence = 1000;
  insert_replica(world.db, world.bucket, replica);
  EXPECT_GT(insert_newest(world.db, world.bucket, version("k", "five"), at(5)).row.sequence, 1000);
  EXPECT_EQ(ids(world.db, "k").front(), "five");
}

TEST(ObjectTable, AnotherVersionUnderTheSameIdIsRefused) {
  const auto random = make_seeded_random(1);
  World world(*random);
  auto row = version("k", "one");
  row.sequence = 1;
  EXPECT_TRUE(insert_replica(world.db, world.bucket, row).inserted);
  row.checksum_value = "other";
  EXPECT_THROW(insert_replica(world.db, world.bucket, row), Error);
}

class Replicating : public testing::Test {
 protected:
  Replicating() {
    s3::ReplicationRule rule;
    rule.id = "ours";
    rule.priority = 1;
    rule.filter.emplace();
    rule.filter->prefix = "logs/";
    rule.status = s3::Switch::enabled;
    rule.delete_marker_replication = s3::Switch::disabled;
    rule.destination.bucket_arn = "arn:aws:s3:::replica";
    world.bucket.replication = s3::ReplicationConfiguration{"arn:aws:iam::111122223333:role/r", {rule}};
  }
  std::vector<std::string> tasks() {
    std::vector<std::string> result;
    auto row = world.db.prepare(
        "SELECT version_id || ' ' || destination || ' ' || rule_id || ' ' || due_ms FROM replication_task "
        "JOIN object_version ON object_version.id = object_version ORDER BY replication_task.id");
    while (row.step()) result.push_back(row.text(0));
    return result;
  }
  std::unique_ptr<Random> random = make_seeded_random(1);
  World world{*random};
};

TEST_F(Replicating, MatchingVersionsAreQueuedInTheSameChange) {
  const auto inserted = insert_newest(world.db, world.bucket, version("logs/a", "one"), at(7));
  EXPECT_TRUE(inserted.queued_replication);
  EXPECT_EQ(inserted.row.replication_status, s3::ReplicationStatus::pending);
  EXPECT_FALSE(insert_newest(world.db, world.bucket, version("other", "two"), at(7)).queued_replication);
  EXPECT_FALSE(
      insert_newest(world.db, world.bucket, version("logs/a", "three", true), at(7)).queued_replication);
  EXPECT_FALSE(insert_newest(world.db, world.bucket, version("logs/b", "null"), at(7)).queued_replication);
  EXPECT_EQ(tasks(), std::vector<std::string>{"one replica ours 7"});
  world.bucket.replication->rules[0].delete_marker_replication = s3::Switch::enabled;
  EXPECT_TRUE(
      insert_newest(world.db, world.bucket, version("logs/a", "four", true), at(8)).queued_replication);
  EXPECT_EQ(tasks(), (std::vector<std::string>{"one replica ours 7", "four replica ours 8"}));
  remove_version(world.db, 1, s3::ObjectKey("logs/a"), s3::VersionId("one"));
  EXPECT_EQ(tasks(), std::vector<std::string>{"four replica ours 8"});
}

TEST_F(Replicating, ReplicasAreNotSentOn) {
  auto row = version("logs/a", "one");
  row.sequence = 1;
  insert_replica(world.db, world.bucket, row);
  EXPECT_TRUE(tasks().empty());
  EXPECT_EQ(find_latest(world.db, 1, row.key)->replication_status, s3::ReplicationStatus::replica);
}

TEST_F(Replicating, NewTagsAreSentAgainUnderAnEntryOfTheirOwn) {
  const auto row = insert_newest(world.db, world.bucket, version("logs/a", "one"), at(7)).row;
  const auto entry = [&] {
    auto task = world.db.prepare("SELECT id FROM replication_task");
    return task.step() ? task.integer(0) : 0;
  };
  const auto first = entry();
  EXPECT_TRUE(replace_tags(world.db, world.bucket, row, {{"a", "1"}}, at(9)));
  EXPECT_NE(entry(), first);
  EXPECT_EQ(tasks(), std::vector<std::string>{"one replica ours 9"});
  EXPECT_EQ(find_version(world.db, row.id)->tags, (s3::TagSet{{"a", "1"}}));
  world.db.execute("DELETE FROM replication_task; UPDATE object_version SET replication_status = 2");
  EXPECT_TRUE(replace_tags(world.db, world.bucket, *find_version(world.db, row.id), {}, at(10)));
  EXPECT_EQ(find_version(world.db, row.id)->replication_status, s3::ReplicationStatus::pending);
  world.db.execute("DELETE FROM replication_task; UPDATE object_version SET replication_status = 0");
  EXPECT_FALSE(replace_tags(world.db, world.bucket, *find_version(world.db, row.id), {}, at(11)));
}

}  // namespace
}  // namespace s3dr::cloud
