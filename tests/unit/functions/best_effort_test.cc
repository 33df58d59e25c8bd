// What only goes with the replica is of best effort (dr/premises.h): a refusal is told and stops nothing. Before the
// replica is ours its tags are the mark, and nothing goes on without it.
#include <gtest/gtest.h>

#include "support/fake_ports.h"

namespace s3dr {
namespace {

using dr::Function;
using functions::Outcome;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

struct WarningLog : Log {
  std::vector<std::string> warnings;
  void write(LogLevel level, std::string_view event, const std::vector<LogField>&) override {
    if (level == LogLevel::warning) warnings.emplace_back(event);
  }
};

struct BestEffort : ::testing::Test {
  FakePorts ports;
  WarningLog log;

  void refuse_tags(ErrorKind kind) {
    ports.before = [kind](const Call& call) {
      if (call.name == "destination.tag_resource") throw Error(kind, "no");
    };
  }
  Outcome deliver(Function to) {
    const dr::Message message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c1");
    functions::Context context = ports.context(ports.clock, log);
    return test::run(to == Function::destination_bucket_check
                         ? functions::destination_bucket_check(context, message)
                         : functions::enable_replication(context, message));
  }
  bool told() const {
    return std::ranges::any_of(log.warnings, [](const std::string& text) {
      return text.starts_with("refused, the rest goes on: set 1 tags on ledger-dr");
    });
  }
};

TEST_F(BestEffort, a_tag_that_may_not_be_cloned_does_not_keep_our_rule_away) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.run_to_rest(ledger);
  ports.world.buckets.at(ledger).tags->push_back({"team", "fin"});
  ports.world.buckets.at(ledger).replication.reset();
  refuse_tags(ErrorKind::denied);
  const Outcome outcome = deliver(Function::destination_bucket_check);
  EXPECT_NE(outcome.kind, Outcome::Kind::blocked) << outcome.why;
  EXPECT_EQ(outcome.published, 1) << "enable_replication was not told";
  EXPECT_TRUE(told());
  deliver(Function::enable_replication);
  EXPECT_TRUE(ports.world.buckets.at(ledger).replication.has_value());
}

TEST_F(BestEffort, what_may_pass_is_tried_again_all_the_same) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.run_to_rest(ledger);
  ports.world.buckets.at(ledger).tags->push_back({"team", "fin"});
  refuse_tags(ErrorKind::throttled);
  EXPECT_EQ(deliver(Function::destination_bucket_check).kind, Outcome::Kind::look_again);
  EXPECT_FALSE(told());
}

TEST_F(BestEffort, without_its_mark_a_bucket_does_not_become_a_replica) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  // Made by us, and then the tags were lost: as after a crash on a store that tags in a second call.
  ports.after = [this](const Call& call) {
    if (call.name == "destination.create_bucket") ports.world.buckets.at(ledger_dr).tags.reset();
  };
  refuse_tags(ErrorKind::denied);
  deliver(Function::destination_bucket_check);
  EXPECT_EQ(deliver(Function::destination_bucket_check).kind, Outcome::Kind::blocked);
  EXPECT_EQ(ports.world.record(ledger)->claim, dr::Claim::intended);
  EXPECT_FALSE(told());
}

}  // namespace
}  // namespace s3dr
