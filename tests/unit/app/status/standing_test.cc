// `plan` with an empty plan: what stands nevertheless.
#include "app/status/standing.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace s3dr::app {
namespace {

const Instant noon = *from_iso8601("2026-08-01T12:00:00Z");

struct Stands : testing::Test {
  dr::ObservedPair seen;
  dr::Plan plan;
  dr::Record record;

  Stands() {
    seen.bucket = s3::BucketName::parse("photos");
    seen.replica_bucket = s3::BucketName::parse("photos-dr");
    seen.replica.head = dr::Observed<s3::BucketHead>::of(s3::BucketHead{}, noon);
    plan.state = dr::State::protected_;
    record.claim = dr::Claim::established;
  }
  std::vector<Standing> standing() {
    seen.record = dr::Observed<dr::Record>::of(record, noon);
    return standing_of(seen, plan);
  }
};

TEST_F(Stands, NothingOnAHealthyPair) {
  record.verified = dr::Verification{noon, noon, dr::VerifyLevel::head, 1};
  EXPECT_TRUE(standing().empty());
}

TEST_F(Stands, ADifferenceUntilALaterRunIsGood) {
  plan.state = dr::State::verifying;
  record.last_difference = dr::Verification{noon, noon, dr::VerifyLevel::head, 1};
  record.last_difference->differences = 3;
  ASSERT_EQ(standing().size(), 1U);
  EXPECT_EQ(standing()[0].what, "the comparison of 2026-08-01T12:00:00Z found 3 differences");
  EXPECT_EQ(standing()[0].next, "s3dr verify photos");
}

TEST_F(Stands, LostRulesOfOthersUntilTheyAreSettled) {
  record.verified = dr::Verification{noon, noon, dr::VerifyLevel::head, 1};
  record.edits.lost = dr::LostRules{noon, noon, noon, "event-1", "maria", {"12345678"}, "", {}, {}};
  ASSERT_EQ(standing().size(), 1U);
  EXPECT_NE(standing()[0].what.find("1 rule of others may be lost"), std::string::npos);
  EXPECT_NE(standing()[0].next.find("event-1"), std::string::npos);
  record.edits = dr::settled(record.edits);
  EXPECT_TRUE(standing().empty());
}

TEST_F(Stands, AMissingReplicaAndAMissingSource) {
  seen.replica.head = dr::Observed<s3::BucketHead>::absent(noon);
  plan.state = dr::State::source_gone;
  plan.state_reason = "bucket photos does not exist any more";
  // No new replica can be made of nothing.
  ASSERT_EQ(standing().size(), 1U);
  EXPECT_EQ(standing()[0].what, "source_gone: bucket photos does not exist any more");
  EXPECT_EQ(standing()[0].next, "the replica photos-dr is gone, too: nothing is left to look at");
  seen.replica.head = dr::Observed<s3::BucketHead>::of(s3::BucketHead{}, noon);
  EXPECT_EQ(standing()[0].next,
            "what was replicated is in photos-dr and is kept: aws s3api list-object-versions --bucket "
            "photos-dr shows it");
  seen.replica.head = dr::Observed<s3::BucketHead>::absent(noon);
  plan.state = dr::State::degraded;
  ASSERT_EQ(standing().size(), 2U);
  EXPECT_EQ(standing()[1].next, "s3dr protect photos --new-replica");
}

TEST_F(Stands, AConflictLeadsToWhatThePlanAdvises) {
  plan.state = dr::State::conflict;
  dr::Action action;
  action.advice = "To take another name: s3dr protect photos --new-replica";
  plan.actions.push_back(action);
  ASSERT_EQ(standing().size(), 1U);
  EXPECT_EQ(standing()[0].next, action.advice);
  plan.actions.clear();
  EXPECT_EQ(standing()[0].next, "s3dr status photos");
}

TEST_F(Stands, AReplicaThatIsStillToBeMadeIsNotMissing) {
  seen.replica.head = dr::Observed<s3::BucketHead>::absent(noon);
  record.claim = dr::Claim::intended;
  plan.state = dr::State::pending;
  EXPECT_TRUE(standing().empty());
}

}  // namespace
}  // namespace s3dr::app
