// S3 has one role for all rules of a bucket, and the rules of others may have brought it.
#include <gtest/gtest.h>

#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");

TEST(RoleOfOthers, a_role_of_others_that_may_not_be_passed_is_named_with_the_statement_to_add) {
  FakePorts ports;
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.run_to_rest(ledger);
  auto& source = ports.world.buckets.at(ledger);
  s3::ReplicationRule foreign_rule;
  foreign_rule.id = "theirs";
  foreign_rule.priority = 1;
  foreign_rule.filter = s3::ReplicationFilter{"logs/", {}};
  foreign_rule.destination.bucket_arn = "arn:aws:s3:::elsewhere";
  source.replication->role_arn = "arn:aws:iam::111122223333:role/theirs";
  source.replication->rules.push_back(foreign_rule);
  source.tags.reset();
  ports.before = [](const Call& call) {
    if (call.name == "source.put_bucket_replication")
      throw Error(ErrorKind::denied, "not authorized to perform: iam:PassRole").with_code("AccessDenied");
  };
  const auto outcomes = ports.run_to_rest(ledger);
  EXPECT_EQ(outcomes.back().kind, Outcome::Kind::blocked);
  EXPECT_EQ(functions::condition_of(outcomes.back()),
            (dr::ConditionWord{dr::ConditionType::permitted, "AccessDenied"}));
  EXPECT_NE(outcomes.back().why.find("disable our rule"), std::string::npos) << outcomes.back().why;
  EXPECT_NE(outcomes.back().why.find(
                R"("Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/theirs")"),
            std::string::npos)
      << outcomes.back().why;
  // Our own role needs no such word.
  EXPECT_EQ(dr::pass_role_advice(ports.world.policy, ports.world.policy.replication_role_arn), "");
}

}  // namespace
}  // namespace s3dr
