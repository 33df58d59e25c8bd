#include "deploy/apply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/declare/declaration.h"
#include "fake_kinds.h"
#include "samples.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::deploy {
namespace {

using test::Break;
using test::FakeKinds;

void quiet(const std::string&, bool) {}

ApplyResult apply_now(FakeKinds& kinds, const Settings& settings) {
  boost::asio::io_context context;
  s3dr::test::ManualClock clock(s3dr::test::Sleeps::skip);
  const PlanOptions ours{owners_of(settings), false};
  const std::vector<Resource> declared = declare(settings);
  LiveResources live = s3dr::test::run(context, read_all(kinds, declared, quiet));
  DeploymentPlan wanted = plan(declared, live, ours);
  return s3dr::test::run(context, apply(kinds, std::move(wanted), ours, clock, {}, quiet));
}

ApplyResult destroy_now(FakeKinds& kinds, const Settings& settings, bool with_records) {
  boost::asio::io_context context;
  s3dr::test::ManualClock clock(s3dr::test::Sleeps::skip);
  const PlanOptions ours{owners_of(settings), false};
  const std::vector<Resource> declared = declare(settings);
  LiveResources live = s3dr::test::run(context, read_all(kinds, declared, quiet));
  DeploymentPlan wanted = destruction_plan(declared, live, ours, with_records);
  return s3dr::test::run(context, apply(kinds, std::move(wanted), ours, clock, {}, quiet));
}

TEST(Apply, FromNothingAndTheSecondTimeNothing) {
  for (const Settings& settings : {test::one_account(), test::two_accounts(), test::everything()}) {
    FakeKinds kinds;
    const ApplyResult first = apply_now(kinds, settings);
    EXPECT_EQ(first.created, kinds.live.size());
    EXPECT_EQ(first.total(), first.created);
    EXPECT_EQ(apply_now(kinds, settings).total(), 0U);
  }
}

TEST(Apply, BrokenOffAnywhereTheNextOneCompletes) {
  const Settings settings = test::everything();
  FakeKinds whole;
  apply_now(whole, settings);
  ASSERT_GT(whole.writes, 40);
  for (const Break how : {Break::before, Break::halfway, Break::after}) {
    for (int number = 1; number <= whole.writes; ++number) {
      FakeKinds kinds;
      kinds.how = how;
      kinds.broken_write = number;
      EXPECT_THROW(apply_now(kinds, settings), Error) << number;
      kinds.broken_write.reset();
      apply_now(kinds, settings);
      EXPECT_EQ(kinds.live, whole.live) << number;
    }
  }
}

TEST(Apply, AnAnswerThatIsLostIsLookedUp) {
  const Settings settings = test::one_account();
  FakeKinds whole;
  apply_now(whole, settings);
  for (const Break how : {Break::before, Break::halfway, Break::after}) {
    for (int number = 1; number <= whole.writes; ++number) {
      FakeKinds kinds;
      kinds.how = how;
      kinds.broken_write = number;
      kinds.raises = ErrorKind::outcome_unknown;
      apply_now(kinds, settings);  // does not raise
      EXPECT_EQ(kinds.live, whole.live) << number;
    }
  }
}

TEST(Apply, ARefusalIsNamedWithItsResourceAndNotRepeated) {
  FakeKinds kinds;
  kinds.broken_write = 5;
  kinds.raises = ErrorKind::denied;
  try {
    apply_now(kinds, test::one_account());
    FAIL() << "went through";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::denied);
    EXPECT_THAT(error.message(), testing::HasSubstr("role us-west-2 s3dr-batch"));
    EXPECT_EQ(kinds.writes, 5);
  }
}

TEST(Apply, NothingIsWrittenWhenAnythingIsForeign) {
  const Settings settings = test::one_account();
  FakeKinds kinds;
  const std::vector<Resource> declared = declare(settings);
  const Resource& last = declared.back();
  kinds.live[last.id()] = FakeKinds::whole(last);
  kinds.live[last.id()].owner.reset();
  EXPECT_THROW(apply_now(kinds, settings), Error);
  EXPECT_EQ(kinds.writes, 0);
}

TEST(Apply, WhatWasChangedByHandIsRepairedAndOthersTagsStay) {
  const Settings settings = test::one_account();
  FakeKinds kinds;
  apply_now(kinds, settings);
  for (auto& [id, live] : kinds.live) {
    if (auto* tags = live.properties.if_contains("tags")) tags->as_object()["team"] = "fin";
  }
  const LiveResources before = kinds.live;
  for (auto& [id, live] : kinds.live) {
    for (auto& [key, value] : live.properties) {
      if (key != "tags") value = "changed";
    }
  }
  EXPECT_EQ(apply_now(kinds, settings).updated, kinds.live.size());
  EXPECT_EQ(kinds.live, before);
}

// A plan, and what happens to the resources before it is carried out.
Error refusal_of(FakeKinds& kinds, const DeploymentPlan& planned, ApplyOptions options = {}) {
  boost::asio::io_context context;
  s3dr::test::ManualClock clock(s3dr::test::Sleeps::skip);
  const PlanOptions ours{owners_of(test::one_account()), false};
  try {
    s3dr::test::run(context, apply(kinds, planned, ours, clock, options, quiet));
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::corrupt, "went through");
}

// Deployed, and the description of the first role changed by hand.
struct ARoleChanged : testing::Test {
  const std::vector<Resource> declared = declare(test::one_account());
  const Resource& role = declared.front();
  const PlanOptions ours{owners_of(test::one_account()), false};
  FakeKinds kinds;

  ARoleChanged() {
    apply_now(kinds, test::one_account());
    kinds.live[role.id()].properties["description"] = "changed";
  }
};

TEST_F(ARoleChanged, WhatHasBecomeSomebodyElsesSinceItWasPlannedIsLeftAlone) {
  const LiveResources live = kinds.live;
  for (const DeploymentPlan& planned :
       {plan(declared, live, ours), destruction_plan({role}, live, ours, false)}) {
    ASSERT_TRUE(planned.pending());
    for (const std::optional<std::string>& owner : {std::optional<std::string>("another/a/b"), {}}) {
      kinds.live = live;
      kinds.live[role.id()].owner = owner;
      const LiveResources before = kinds.live;
      EXPECT_THAT(refusal_of(kinds, planned).message(), testing::HasSubstr("somebody else's"));
      EXPECT_EQ(kinds.live, before);
    }
  }
}

TEST_F(ARoleChanged, OfASavedPlanNothingButWhatItShowsIsChanged) {
  const DeploymentPlan planned = plan(declared, kinds.live, ours);
  kinds.live[role.id()].properties["trust"] = "changed";
  const LiveResources before = kinds.live;
  ApplyOptions options;
  options.only_planned = true;
  EXPECT_THAT(refusal_of(kinds, planned, options).message(), testing::HasSubstr("stale: trust"));
  EXPECT_EQ(kinds.live, before);
  EXPECT_EQ(refusal_of(kinds, planned).message(),
            "went through");  // a plan made in the same run repairs both
}

TEST(Apply, AlarmsSwitchedOffAreRemoved) {
  Settings settings = test::one_account();
  FakeKinds kinds;
  apply_now(kinds, settings);
  settings.alarms = false;
  EXPECT_EQ(apply_now(kinds, settings).removed, 9U);
  EXPECT_EQ(apply_now(kinds, settings).total(), 0U);
}

TEST(Destroy, LeavesNoneOfOursAndAllOfOthers) {
  const Settings settings = test::one_account();
  FakeKinds kinds;
  apply_now(kinds, settings);
  kinds.live["queue us-west-2 of-others"] = {{{"a", 1}}, "others"};
  destroy_now(kinds, settings, false);
  std::vector<std::string> left;
  for (const auto& [id, live] : kinds.live) left.push_back(id);
  EXPECT_THAT(left, testing::UnorderedElementsAre("queue us-west-2 of-others",
                                                  "bucket us-east-1 s3dr-control-111122223333-us-east-1",
                                                  "bucket us-west-2 s3dr-reports-111122223333-us-west-2"));
  destroy_now(kinds, settings, true);
  EXPECT_EQ(kinds.live.size(), 1U);
}

TEST(Destroy, BrokenOffAnywhereTheNextOneCompletes) {
  const Settings settings = test::two_accounts();
  FakeKinds whole;
  apply_now(whole, settings);
  const int writes = static_cast<int>(whole.live.size());
  for (const Break how : {Break::before, Break::after}) {
    for (int number = 1; number <= writes; ++number) {
      FakeKinds kinds;
      kinds.live = whole.live;
      kinds.how = how;
      kinds.broken_write = number;
      EXPECT_THROW(destroy_now(kinds, settings, true), Error) << number;
      kinds.broken_write.reset();
      destroy_now(kinds, settings, true);
      EXPECT_TRUE(kinds.live.empty()) << number;
    }
  }
}

TEST(NotReady, IsToldByCodeAndText) {
  const auto error = [](const char* code, const char* text) {
    return Error(ErrorKind::invalid, text).with_code(code);
  };
  EXPECT_TRUE(is_not_ready(error("InvalidParameterValueException",
                                 "The role defined for the function cannot be assumed by Lambda.")));
  EXPECT_TRUE(is_not_ready(error("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound")));
  EXPECT_TRUE(is_not_ready(error("MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn\"")));
  for (const char* code :
       {"NoSuchBucket", "S3BucketDoesNotExistException", "InsufficientS3BucketPolicyException"})
    EXPECT_TRUE(is_not_ready(error(code, "of a bucket that was made just now"))) << code;
  EXPECT_TRUE(is_not_ready(error("QueueDeletedRecently", "You must wait 60 seconds")));
  EXPECT_TRUE(is_not_ready(error("ResourceConflictException", "An update is in progress for resource")));
  EXPECT_FALSE(is_not_ready(error("ResourceConflictException", "Function already exist: s3dr")));
  EXPECT_FALSE(is_not_ready(error("InvalidParameterValueException", "Memory is too small")));
  EXPECT_FALSE(is_not_ready(error("MalformedPolicyDocument", "Syntax errors in policy")));
}

}  // namespace
}  // namespace s3dr::deploy
