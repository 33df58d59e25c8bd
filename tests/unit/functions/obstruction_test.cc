// What keeps a function from going on is in the record: once, in words, until it is over. `status` reads nothing else.
#include "functions/obstruction.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dr/conditions/conditions.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");

struct Obstructed : testing::Test {
  FakePorts ports;
  std::string denied;  // the call that is refused; empty: none
  int refusals = 0;

  Obstructed() {
    ports.world.add_source(ledger, {{"dr", "true"}});
    ports.run_to_rest(ledger);
    ports.before = [this](const Call& call) {
      if (call.name != denied) return;
      throw Error(ErrorKind::denied, "no right")
          .with_code("AccessDenied")
          .with_status(403)
          .with_request_id("R" + std::to_string(++refusals));
    };
  }
  dr::Condition permitted() {
    return dr::find_condition(dr::conditions_of(*ports.world.record(ledger)), dr::ConditionType::permitted);
  }
  std::size_t record_writes() {
    return static_cast<std::size_t>(std::ranges::count(ports.writes, "records.note"));
  }
};

TEST_F(Obstructed, AMissingRightIsNotedOnceAndEndsByItself) {
  ASSERT_EQ(permitted().status, dr::Truth::yes);
  denied = "source.get_bucket_tagging";
  ports.forget_calls();
  const Instant began = ports.clock.now();
  EXPECT_EQ(ports.look(ledger).kind, Outcome::Kind::blocked);
  EXPECT_EQ(permitted().reason, "AccessDenied");
  EXPECT_EQ(permitted().since, began);
  EXPECT_NE(permitted().message.find("source_bucket_check cannot go on: find out the tags of ledger"),
            std::string::npos)
      << permitted().message;
  EXPECT_EQ(permitted().message.find("request"), std::string::npos) << permitted().message;
  EXPECT_EQ(record_writes(), 1U);
  for (int i = 0; i < 3; ++i) {
    ports.clock.advance(milliseconds(300'000));
    ports.look(ledger);
  }
  EXPECT_EQ(record_writes(), 1U) << "the same again is no news";
  EXPECT_GE(refusals, 4);
  EXPECT_EQ(permitted().since, began);
  denied.clear();
  ports.run_to_rest(ledger);
  EXPECT_EQ(permitted().status, dr::Truth::yes);
  EXPECT_EQ(record_writes(), 2U);
  ports.run_to_rest(ledger);
  EXPECT_EQ(record_writes(), 2U);
}

// Another function sees nothing wrong. So it has to tell the obstructed one to look again.
TEST_F(Obstructed, AFunctionThatNobodyNeedsLooksAgain) {
  denied = "destination.get_bucket_tagging";
  const auto message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c1");
  EXPECT_EQ(ports.deliver(dr::Function::destination_bucket_check, dr::to_json(message)).kind,
            Outcome::Kind::blocked);
  EXPECT_EQ(permitted().status, dr::Truth::no);
  denied.clear();
  ports.run_to_rest(ledger);
  EXPECT_EQ(permitted().status, dr::Truth::yes);
}

TEST_F(Obstructed, WhatMayPassByItselfIsNotNoted) {
  ports.before = [](const Call& call) {
    if (call.name == "source.get_bucket_tagging") throw Error(ErrorKind::throttled, "SlowDown");
  };
  ports.forget_calls();
  EXPECT_EQ(ports.look(ledger).kind, Outcome::Kind::look_again);
  EXPECT_EQ(permitted().status, dr::Truth::yes);
  EXPECT_EQ(record_writes(), 0U);
}

TEST_F(Obstructed, ANoteThatCannotBeWrittenChangesNothingElse) {
  ports.before = [](const Call& call) {
    if (call.name == "source.get_bucket_tagging" || call.name == "records.write")
      throw Error(ErrorKind::denied, "no right");
  };
  const Outcome outcome = ports.look(ledger);
  EXPECT_EQ(outcome.kind, Outcome::Kind::blocked);
  EXPECT_EQ(outcome.writes, 0);
}

}  // namespace
}  // namespace s3dr
