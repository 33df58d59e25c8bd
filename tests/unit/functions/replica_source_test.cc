// From the name of a replica to its source: by the mark, by the record, and not at all.
#include "functions/replica_source.h"

#include <gtest/gtest.h>

#include "dr/plan.h"
#include "dr/replica_name.h"
#include "functions/destination_bucket_check.h"
#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr::functions {
namespace {

struct ReplicaSource : testing::Test {
  test::FakePorts ports;
  const dr::Policy& policy = ports.world.policy;
  const s3::BucketName photos = s3::BucketName::parse("photos");

  std::optional<s3::BucketName> source_of(const std::string& replica) {
    return test::run(source_of_replica(ports.context(), s3::BucketName::parse(replica))).source;
  }
  void record(const s3::BucketName& source, const std::string& replica) {
    const dr::Record record = dr::first_record(policy, source, s3::BucketName::parse(replica),
                                               "00112233445566778899", Instant{milliseconds(1)});
    ports.world.swap_document(dr::record_key(policy.source_account, policy.source_region, source),
                              dr::to_json(record), std::nullopt);
  }
  void replica(const std::string& name, s3::TagSet tags) {
    ports.world.add_destination(s3::BucketName::parse(name)).tags = std::move(tags);
  }
};

TEST_F(ReplicaSource, TheMarkTells) {
  replica("anything", {dr::replica_mark(policy, photos)});
  EXPECT_EQ(source_of("anything"), photos);
}

TEST_F(ReplicaSource, AMarkOfAnotherSourceIsNotOurs) {
  replica("photos-dr", {{std::string(dr::replica_mark_key), "999999999999/eu-west-1/photos"}});
  EXPECT_EQ(source_of("photos-dr"), std::nullopt);
}

TEST_F(ReplicaSource, TheRecordTellsOfOneThatIsGone) {
  record(photos, "photos-dr");
  record(s3::BucketName::parse("videos"), "an-adopted-one");
  EXPECT_EQ(source_of("photos-dr"), photos);
  EXPECT_EQ(source_of("an-adopted-one"), s3::BucketName::parse("videos"));
  EXPECT_EQ(source_of("nobody-knows"), std::nullopt);
  EXPECT_EQ(source_of("videos-dr"), std::nullopt) << "its replica has another name";
}

TEST_F(ReplicaSource, TheRecordTellsOfOneWhoseMarkWasRemoved) {
  record(photos, "photos-dr");
  replica("photos-dr", {});
  EXPECT_EQ(source_of("photos-dr"), photos);
}

TEST_F(ReplicaSource, ADeletedReplicaIsInTheRecordAtOnce) {
  ports.world.add_source(photos, {{"dr", "true"}});
  dr::Record known = dr::first_record(policy, photos, s3::BucketName::parse("photos-dr"),
                                      "00112233445566778899", Instant{milliseconds(1)});
  known.claim = dr::Claim::established;
  known.state = dr::State::replica_ready;
  ports.world.swap_document(dr::record_key(policy.source_account, policy.source_region, photos),
                            dr::to_json(known), std::nullopt);
  dr::Message message =
      dr::message_for(policy, dr::MessageKind::replica, s3::BucketName::parse("photos-dr"), "c1");
  const Outcome outcome = test::run(destination_bucket_check(ports.context(), message));
  EXPECT_EQ(outcome.bucket, photos) << "logs, answers and the controller speak of the source";
  const auto context = ports.context();
  const auto stored = test::run(read_record(context.records, policy, photos));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->record.state, dr::State::degraded) << stored->record.reason;
  EXPECT_EQ(stored->record.claim, dr::Claim::lost);
}

// Anybody deletes a bucket. The search must end within the time of an invocation.
TEST_F(ReplicaSource, OfVeryManyRecordsSomeAreSearchedAndThatIsSaid) {
  for (std::size_t i = 0; i <= searched_records_max; ++i) {
    const std::string name = "source-" + std::to_string(10'000 + i);
    record(s3::BucketName::parse(name), "replica-" + std::to_string(10'000 + i));
  }
  EXPECT_EQ(source_of("replica-10999"), s3::BucketName::parse("source-10999"));
  ports.forget_calls();
  const dr::Message message =
      dr::message_for(policy, dr::MessageKind::replica, s3::BucketName::parse("replica-11000"), "c1");
  const Outcome outcome = test::run(destination_bucket_check(ports.context(), message));
  EXPECT_EQ(outcome.kind, Outcome::Kind::nothing_to_do);
  EXPECT_EQ(
      outcome.why,
      "whose replica replica-11000 was is not known: 1000 records do not name it; the sweep looks at all of "
      "them");
  EXPECT_LT(ports.reads(), static_cast<int>(searched_records_max) + 20);
}

TEST_F(ReplicaSource, ABucketThatIsNobodysReplicaIsLeftAlone) {
  replica("stranger", {{"a", "b"}});
  const dr::Message message =
      dr::message_for(policy, dr::MessageKind::replica, s3::BucketName::parse("stranger"), "c1");
  const Outcome outcome = test::run(destination_bucket_check(ports.context(), message));
  EXPECT_EQ(outcome.kind, Outcome::Kind::nothing_to_do);
  EXPECT_TRUE(outcome.bucket.empty());
  EXPECT_TRUE(ports.writes.empty());
}

}  // namespace
}  // namespace s3dr::functions
