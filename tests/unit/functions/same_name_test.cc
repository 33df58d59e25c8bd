// A source that was deleted and made again, with versioning, between two looks: its data must not enter the replica of
// the bucket before.
#include <gtest/gtest.h>

#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger"), ledger_dr = s3::BucketName::parse("ledger-dr");
const dr::SeenVersion first{s3::ObjectKey("a"), s3::VersionId("v1")};
const dr::SeenVersion second{s3::ObjectKey("b"), s3::VersionId::null(), Instant(milliseconds(7))};

struct SameName : ::testing::Test {
  FakePorts ports;
  void SetUp() override {
    ports.world.add_source(ledger, {{"dr", "true"}});
    protect();
    dr::Record next = record();
    next.seen_versions = {first, second};  // a comparison has run
    ports.world.change_record(ledger, next);
    source().seen_versions = {first, second};
  }
  void protect() { ports.run_to_rest(ledger); }
  dr::Record record() { return *ports.world.record(ledger); }
  test::ModelBucket& source() { return ports.world.buckets.at(ledger); }
  void make_again() {
    ports.world.buckets.erase(ledger);
    ports.world.add_source(ledger, {{"dr", "true"}}).versioning = s3::Versioning::enabled;
    source().created = record().created + milliseconds(1);
    source().seen_versions = {{s3::ObjectKey("a"), s3::VersionId("of the new one")},
                              {s3::ObjectKey("b"), s3::VersionId::null(), Instant(milliseconds(8))}};
  }
};

TEST_F(SameName, another_bucket_of_the_name_is_held_and_nothing_is_written_to_s3) {
  make_again();
  const auto before = ports.world.buckets;
  protect();
  EXPECT_EQ(record().state, dr::State::source_recreated);
  EXPECT_EQ(ports.world.buckets, before);
  EXPECT_EQ(record().replica.bucket, ledger_dr);
  ports.forget_calls();
  protect();
  EXPECT_TRUE(ports.writes.empty()) << "recorded once";

  test::run(functions::request_new_replica(ports.context().records, ports.world.policy, ledger, ports.clock,
                                           *ports.random));
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_NE(record().replica.bucket, ledger_dr);
  EXPECT_TRUE(record().seen_versions.empty());
}

TEST_F(SameName, a_rule_deleted_by_hand_is_restored_when_one_version_is_still_there) {
  source().replication.reset();
  source().seen_versions = {second};
  source().created = record().created + milliseconds(1);  // AWS changes it on some edits: only a hint
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().rule.generation, 2);
  EXPECT_EQ(record().replica.bucket, ledger_dr);
}

TEST_F(SameName, an_emptied_bucket_that_is_older_than_its_protection_is_the_same) {
  source().replication.reset();
  source().seen_versions.clear();
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().rule.generation, 2);
}

TEST_F(SameName, nothing_is_written_while_it_cannot_be_told) {
  make_again();
  const auto before = ports.world.buckets;
  const dr::Record record_before = record();
  for (const char* call : {"source.version_created", "source.bucket_created"}) {
    ports.before = [&](const Call& made) {
      if (made.name == call) throw Error(ErrorKind::denied, "AccessDenied");
    };
    ports.look(ledger);
    EXPECT_EQ(ports.world.buckets, before) << call;
    EXPECT_EQ(test::without_notes(record()), test::without_notes(record_before)) << call;
  }
}

TEST_F(SameName, a_false_alarm_ends_by_adopting_the_replica_again) {
  make_again();
  protect();
  test::run(functions::request_adopt(ports.context().records, ports.world.policy, ledger, ledger_dr,
                                     ports.clock, *ports.random));
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().replica.bucket, ledger_dr);
}

TEST_F(SameName, no_question_is_asked_while_our_rule_is_there) {
  ports.forget_calls();
  protect();
  for (const Call& call : ports.calls) EXPECT_NE(call.name, "source.version_created");
}

}  // namespace
}  // namespace s3dr
