// The replica's bucket policy as destination_bucket_check writes it: who is let in, and the fence.
#include <gtest/gtest.h>

#include <algorithm>

#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

struct ReplicaPolicies : ::testing::Test {
  FakePorts ports;
  void SetUp() override { ports.world.add_source(ledger, {{"dr", "true"}, {"team", "fin"}}); }
  void protect() { ports.run_to_rest(ledger); }
  dr::Record record() { return *ports.world.record(ledger); }
  test::ModelBucket& source() { return ports.world.buckets.at(ledger); }
  const s3::ReplicationRule* our_rule() {
    return source().replication
               ? dr::find_rule(*source().replication, dr::rule_id(ports.world.policy, ledger))
               : nullptr;
  }
};

struct TwoAccounts : ReplicaPolicies {
  void SetUp() override {
    ports.world.policy = test::two_account_policy();
    ReplicaPolicies::SetUp();
  }
  test::ModelBucket& replica() { return ports.world.buckets.at(ledger_dr); }
  std::string policy_difference() {
    const auto& text = replica().bucket_policy;
    const auto known = record();
    const auto wish = dr::replica_policy_wish(ports.world.policy, &known, source().replication->role_arn);
    return dr::replica_policy_change(ports.world.policy.partition, ledger_dr, wish, text ? &*text : nullptr)
        .difference;
  }
};

TEST_F(TwoAccounts, the_replica_lets_the_replication_role_in_before_the_rule_is_live) {
  bool open_first = false;
  ports.before = [&](const Call& call) {
    if (call.name == "source.put_bucket_replication") open_first = replica().bucket_policy.has_value();
  };
  protect();
  EXPECT_TRUE(open_first);
  EXPECT_EQ(replica().owner, test::second_account());
  EXPECT_EQ(policy_difference(), "");
  EXPECT_EQ(our_rule()->destination.access_control_translation, "Destination");
  EXPECT_EQ(record().state, dr::State::verifying);
  ports.forget_calls();
  EXPECT_EQ(ports.look(ledger).kind, Outcome::Kind::nothing_to_do);
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(TwoAccounts, a_removed_statement_is_put_back_and_what_failed_meanwhile_is_backfilled) {
  protect();
  const std::string theirs =
      R"({"Version":"2012-10-17","Statement":[{"Sid":"theirs","Effect":"Deny","Principal":"*",)"
      R"("Action":"s3:DeleteObject","Resource":"arn:aws:s3:::ledger-dr/*"}]})";
  replica().bucket_policy = theirs;
  protect();
  EXPECT_EQ(policy_difference(), "");
  EXPECT_NE(replica().bucket_policy->find("\"theirs\""), std::string::npos);
  EXPECT_EQ(record().rule.generation, 2);
  EXPECT_EQ(ports.world.jobs.size(), 2u);
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(TwoAccounts, a_policy_changed_between_the_look_and_the_write_is_not_overwritten) {
  const std::string theirs =
      R"({"Version":"2012-10-17","Statement":[{"Sid":"theirs","Effect":"Deny","Principal":"*",)"
      R"("Action":"s3:DeleteObject","Resource":"arn:aws:s3:::ledger-dr/*"}]})";
  int looks = 0;
  ports.before = [&](const Call& call) {
    // The second look is the one just before the write.
    if (call.name == "destination.get_bucket_policy" && ports.world.buckets.contains(ledger_dr) &&
        replica().versioning == s3::Versioning::enabled && ++looks == 2)
      replica().bucket_policy = theirs;
  };
  protect();
  EXPECT_GE(looks, 2);
  EXPECT_NE(replica().bucket_policy->find("\"theirs\""), std::string::npos);
  EXPECT_EQ(policy_difference(), "");
}

TEST_F(TwoAccounts, without_a_look_at_the_policy_nothing_is_written) {
  for (const ErrorKind kind : {ErrorKind::denied, ErrorKind::unavailable, ErrorKind::corrupt}) {
    FakePorts fresh;
    fresh.world.policy = ports.world.policy;
    fresh.world.add_source(ledger, {{"dr", "true"}});
    fresh.before = [kind](const Call& call) {
      if (call.name == "destination.get_bucket_policy") throw Error(kind, "no answer");
    };
    fresh.look(ledger);
    for (int round = 0; round < 6; ++round) {
      fresh.deliver(dr::Function::destination_bucket_check,
                    dr::to_json(dr::message_for(fresh.world.policy, dr::MessageKind::ensure, ledger, "c1")));
      fresh.deliver(dr::Function::enable_replication,
                    dr::to_json(dr::message_for(fresh.world.policy, dr::MessageKind::ensure, ledger, "c1")));
    }
    EXPECT_FALSE(fresh.world.buckets.at(ledger).replication) << to_string(kind);
    EXPECT_FALSE(fresh.world.buckets.at(ledger_dr).bucket_policy) << to_string(kind);
  }
}

TEST_F(ReplicaPolicies, within_one_account_nobody_asks_for_the_policy_of_a_replica_that_is_not_hardened) {
  ports.world.policy.settings.harden = false;
  protect();  // with the first look at the settings
  ports.forget_calls();
  ports.look(ledger);
  EXPECT_FALSE(ports.world.buckets.at(ledger_dr).bucket_policy);
  EXPECT_TRUE(std::none_of(ports.calls.begin(), ports.calls.end(), [](const Call& call) {
    return call.name.find("bucket_policy") != std::string::npos;
  }));
}

TEST_F(ReplicaPolicies, a_replica_that_we_make_is_fenced_before_the_rule_is_live) {
  bool fenced_first = false;
  ports.before = [&](const Call& call) {
    if (call.name == "source.put_bucket_replication")
      fenced_first = ports.world.buckets.at(ledger_dr).bucket_policy.value_or("").find("\"S3drFence\"") !=
                     std::string::npos;
  };
  protect();
  EXPECT_TRUE(fenced_first);
  EXPECT_TRUE(record().fence);
  EXPECT_EQ(ports.world.buckets.at(ledger_dr).bucket_policy->find("S3drReplication"), std::string::npos);
  ports.forget_calls();
  EXPECT_EQ(ports.look(ledger).kind, Outcome::Kind::nothing_to_do);
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(ReplicaPolicies, a_fence_that_was_lifted_is_put_back_and_nothing_is_backfilled_for_it) {
  protect();
  auto& document = ports.world.buckets.at(ledger_dr).bucket_policy;
  const std::string before = *document;
  document.reset();
  protect();
  EXPECT_EQ(*document, before);
  EXPECT_EQ(record().rule.generation, 1);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
}

TEST_F(ReplicaPolicies, a_fence_that_is_refused_later_stops_nothing_and_is_told) {
  protect();
  ports.world.buckets.at(ledger_dr).bucket_policy.reset();
  source().replication.reset();
  ports.before = [](const Call& call) {
    if (call.name == "destination.put_bucket_policy") throw Error(ErrorKind::denied, "AccessDenied");
  };
  protect();
  EXPECT_TRUE(source().replication.has_value());
  EXPECT_FALSE(ports.world.buckets.at(ledger_dr).bucket_policy);
}

TEST_F(ReplicaPolicies, a_store_without_bucket_policies_has_replicas_without_a_fence) {
  ports.before = [](const Call& call) {
    if (call.name.ends_with("_bucket_policy")) throw Error(ErrorKind::unsupported, "501");
  };
  protect();
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_FALSE(ports.world.buckets.at(ledger_dr).bucket_policy);
}

}  // namespace
}  // namespace s3dr
