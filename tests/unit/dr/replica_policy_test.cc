#include "dr/replica_policy.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/error.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

namespace json = boost::json;

const auto policy = test::two_account_policy();
const auto replica = s3::BucketName::parse("ledger-dr");
const std::string role = policy.replication_role_arn;

std::string difference(const std::string& document) {
  return dr::replica_policy_difference(policy, replica, role, &document);
}
std::string completed(const std::string& document) {
  return dr::with_our_statement(policy, replica, role, &document);
}

TEST(ReplicaPolicy, is_needed_between_accounts_only) {
  EXPECT_TRUE(dr::needs_replica_policy(policy));
  EXPECT_FALSE(dr::needs_replica_policy(test::test_policy()));
}

TEST(ReplicaPolicy, lets_the_replication_role_alone_write_replicas_of_this_bucket) {
  EXPECT_EQ(dr::replica_policy_difference(policy, replica, role, nullptr), "missing");
  const std::string made = dr::with_our_statement(policy, replica, role, nullptr);
  EXPECT_EQ(json::parse(made), json::parse(R"({"Version":"2012-10-17","Statement":[{"Sid":"S3drReplication",
    "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/replication"},
    "Action":["s3:ObjectOwnerOverrideToBucketOwner","s3:ReplicateDelete","s3:ReplicateObject","s3:ReplicateTags"],
    "Resource":"arn:aws:s3:::ledger-dr/*"}]})"));
  EXPECT_EQ(difference(made), "");
  EXPECT_EQ(completed(made), made);
}

TEST(ReplicaPolicy, others_statements_stay_as_they_are_in_their_order) {
  const std::string theirs = R"({"Version":"2008-10-17","Id":"x","Statement":[
    {"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::ledger-dr/*"},
    {"Sid":"S3drReplication","Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3:::ledger-dr/*"},
    {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger-dr/*"}]})";
  const json::value before = json::parse(theirs), after = json::parse(completed(theirs));
  EXPECT_EQ(after.at("Version"), "2008-10-17");
  EXPECT_EQ(after.at("Id"), "x");
  ASSERT_EQ(after.at("Statement").as_array().size(), 3u);
  EXPECT_EQ(after.at("Statement").at(0), before.at("Statement").at(0));
  EXPECT_EQ(after.at("Statement").at(1), before.at("Statement").at(2));
  EXPECT_EQ(difference(completed(theirs)), "");
  // A single statement need not be a list.
  const std::string single =
      R"({"Statement":{"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::ledger-dr"}})";
  EXPECT_EQ(json::parse(completed(single)).at("Statement").as_array().size(), 2u);
}

TEST(ReplicaPolicy, what_was_changed_is_named) {
  const json::value made = json::parse(dr::with_our_statement(policy, replica, role, nullptr));
  const auto changed = [&](const char* field, const json::value& value) {
    json::value document = made;
    document.at("Statement").at(0).as_object()[field] = value;
    return difference(json::serialize(document));
  };
  EXPECT_EQ(changed("Principal", "*"), "another principal");
  EXPECT_EQ(changed("Principal", json::object{{"AWS", "AROAEXAMPLE"}}), "another principal");
  EXPECT_EQ(changed("Principal", json::object{{"AWS", role}, {"Service", "s3.amazonaws.com"}}),
            "another principal");
  EXPECT_EQ(changed("Effect", "Deny"), "another effect");
  EXPECT_EQ(changed("Action", "s3:ReplicateObject"), "other actions");
  EXPECT_EQ(changed("Action", "s3:*"), "other actions");
  EXPECT_EQ(changed("Resource", "arn:aws:s3:::ledger-dr"), "other resources");
  EXPECT_EQ(changed("Condition", json::object()), "with Condition");
  EXPECT_EQ(changed("Sid", "other"), "missing");
  // As servers may write it back.
  EXPECT_EQ(changed("Principal", json::object{{"AWS", json::array{role}}}), "");
  EXPECT_EQ(changed("Resource", json::array{"arn:aws:s3:::ledger-dr/*"}), "");
  EXPECT_EQ(changed("Action", json::array{"s3:ReplicateTags", "s3:ReplicateObject", "s3:ReplicateDelete",
                                          "s3:ObjectOwnerOverrideToBucketOwner"}),
            "");
}

TEST(ReplicaPolicy, what_cannot_be_read_is_not_taken_for_empty) {
  for (const char* text : {"", "{", "[]", "{}", R"({"Statement":1})", R"({"Statement":["x"]})"}) {
    EXPECT_THROW((void)difference(text), Error) << text;
    EXPECT_THROW((void)completed(text), Error) << text;
  }
}

}  // namespace
}  // namespace s3dr
