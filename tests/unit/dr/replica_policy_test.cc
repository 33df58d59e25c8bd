#include "dr/replica_policy.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "aws/policy/policy.h"
#include "base/error.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

namespace json = boost::json;

const auto policy = test::two_account_policy();
const auto replica = s3::BucketName::parse("ledger-dr");
const std::string role = policy.replication_role_arn;
const std::string executor = "arn:aws:iam::444455556666:role/s3dr-destination";
const std::string breaker = "arn:aws:iam::444455556666:role/break-glass";

dr::ReplicaPolicyWish open_only() {
  return dr::replica_policy_wish(policy, nullptr, role);
}

dr::ReplicaPolicyWish fenced() {
  dr::ReplicaPolicyWish wish;
  wish.fence = true;
  wish.exempt_role_arns = {breaker};
  wish.executor_role_arn = executor;
  wish.tls = true;
  return wish;
}

dr::ReplicaPolicyChange change(const dr::ReplicaPolicyWish& wish, const std::string& document) {
  return dr::replica_policy_change("aws", replica, wish, &document);
}
dr::ReplicaPolicyChange first(const dr::ReplicaPolicyWish& wish) {
  return dr::replica_policy_change("aws", replica, wish, nullptr);
}
std::string closed(const std::string& document) {
  return change(open_only(), document).closed;
}
std::string completed(const std::string& document) {
  return change(open_only(), document).document;
}

// Of a role that its own policies allow everything, with TLS.
bool may(const std::string& document, const std::string& role_arn, const std::string& action,
         const std::string& resource = "arn:aws:s3:::ledger-dr/key", const std::string& tls = "true") {
  const aws::Policy bucket = aws::parse_policy(document, aws::PolicyUse::resource);
  const aws::NamedPolicy all{
      "all", aws::parse_policy(
                 R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
                 aws::PolicyUse::identity)};
  aws::AccessRequest request;
  request.requester.kind = aws::Requester::Kind::session;
  request.requester.account = role_arn.substr(13, 12);
  request.requester.arn = "arn:aws:sts::" + request.requester.account + ":assumed-role/x/session";
  request.requester.role_arn = role_arn;
  request.action = action;
  request.resource = resource;
  request.context.set("aws:PrincipalArn", role_arn).set("aws:SecureTransport", tls);
  return aws::evaluate(request, {&all, 1}, &bucket, aws::Accounts::same).allowed();
}

TEST(ReplicaPolicy, is_looked_after_between_accounts_and_where_a_record_asks_for_the_fence) {
  EXPECT_TRUE(dr::needs_replica_policy(policy));
  EXPECT_FALSE(dr::needs_replica_policy(test::test_policy()));
  dr::Record record;
  EXPECT_TRUE(dr::wants_replica_policy(policy, nullptr));
  EXPECT_FALSE(dr::wants_replica_policy(test::test_policy(), nullptr));
  EXPECT_FALSE(dr::wants_replica_policy(test::test_policy(), &record));
  record.fence = true;
  EXPECT_TRUE(dr::wants_replica_policy(test::test_policy(), &record));
}

TEST(ReplicaPolicy, lets_the_replication_role_alone_write_replicas_of_this_bucket) {
  const auto made = first(open_only());
  EXPECT_EQ(made.closed, "missing");
  EXPECT_EQ(made.difference, "S3drReplication missing");
  EXPECT_EQ(json::parse(made.document),
            json::parse(R"({"Version":"2012-10-17","Statement":[{"Sid":"S3drReplication",
    "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/replication"},
    "Action":["s3:ObjectOwnerOverrideToBucketOwner","s3:ReplicateDelete","s3:ReplicateObject","s3:ReplicateTags"],
    "Resource":"arn:aws:s3:::ledger-dr/*"}]})"));
  EXPECT_EQ(closed(made.document), "");
  EXPECT_EQ(change(open_only(), made.document).difference, "");
  EXPECT_EQ(completed(made.document), made.document);
}

TEST(ReplicaPolicy, others_statements_stay_byte_for_byte_in_their_order) {
  const std::string deny =
      R"({"Sid":"a", "Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::ledger-dr\/*"})";
  const std::string allow =
      R"({ "Effect":"Allow","Principal":{"AWS":"444455556666"},"Condition":{"NumericEquals":{"s3:max-keys":1.50}},)"
      R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger-dr/\u00e4}]*"})";
  const std::string theirs =
      R"({"Version":"2008-10-17","Id":"x","Statement":[ )" + deny +
      R"( , {"Sid":"S3drReplication","Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3:::ledger-dr/*"},)" +
      allow + "]}";
  EXPECT_EQ(closed(theirs), "another principal");
  const std::string after = completed(theirs);
  EXPECT_TRUE(
      after.starts_with(R"({"Version":"2008-10-17","Id":"x","Statement":[)" + deny + "," + allow + ","))
      << after;
  EXPECT_EQ(json::parse(after).at("Statement").as_array().size(), 3u);
  EXPECT_EQ(closed(after), "");
  // A single statement need not be a list.
  const std::string single = R"({"Statement":)" + deny + "}";
  EXPECT_EQ(json::parse(completed(single)).at("Statement").as_array().size(), 2u);
}

TEST(ReplicaPolicy, what_was_changed_is_named) {
  const json::value made = json::parse(first(open_only()).document);
  const auto changed = [&](const char* field, const json::value& value) {
    json::value document = made;
    document.at("Statement").at(0).as_object()[field] = value;
    return closed(json::serialize(document));
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
  for (const char* text : {"", "{", "[]", "{}", R"({"Statement":1})", R"({"Statement":["x"]})",
                           R"({"Statement":[{"Sid":"a"}],"Statement":[{"Sid":"b"}]})"}) {
    EXPECT_THROW((void)change(open_only(), text), Error) << text;
  }
}

TEST(ReplicaPolicy, through_the_fence_only_replication_and_the_exempt_write) {
  const std::string document = first(fenced()).document;
  const std::string anybody = "arn:aws:iam::444455556666:role/admin";
  for (const char* action :
       {"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging",
        "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutObjectRetention", "s3:PutObjectLegalHold",
        "s3:BypassGovernanceRetention", "s3:RestoreObject", "s3:PutObjectAnnotation",
        "s3:DeleteObjectAnnotation", "s3:UpdateObjectEncryption"}) {
    EXPECT_FALSE(may(document, anybody, action)) << action;
    EXPECT_FALSE(may(document, executor, action)) << action;
    EXPECT_FALSE(may(document, role, action)) << action;
    EXPECT_TRUE(may(document, breaker, action)) << action;
  }
  for (const char* action : {"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
                             "s3:ObjectOwnerOverrideToBucketOwner", "s3:GetObject", "s3:GetObjectVersion"})
    EXPECT_TRUE(may(document, role, action)) << action;
  const std::string bucket = "arn:aws:s3:::ledger-dr";
  for (const char* action :
       {"s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration", "s3:PutBucketVersioning",
        "s3:PutBucketObjectLockConfiguration", "s3:DeleteBucket"}) {
    EXPECT_FALSE(may(document, anybody, action, bucket)) << action;
    EXPECT_TRUE(may(document, executor, action, bucket)) << action;
    EXPECT_TRUE(may(document, breaker, action, bucket)) << action;
  }
  // Who administers the account can lift it.
  EXPECT_TRUE(may(document, anybody, "s3:PutBucketPolicy", bucket));
  EXPECT_TRUE(may(document, anybody, "s3:DeleteBucketPolicy", bucket));
  EXPECT_TRUE(may(document, anybody, "s3:ListBucket", bucket));
  EXPECT_FALSE(may(document, anybody, "s3:GetObject", bucket + "/key", "false"));
}

TEST(ReplicaPolicy, another_store_gets_no_action_it_does_not_know) {
  auto wish = fenced();
  wish.store = dr::StoreKind::other;
  const std::string document = first(wish).document;
  EXPECT_EQ(document.find("Annotation"), std::string::npos);
  EXPECT_EQ(document.find("UpdateObjectEncryption"), std::string::npos);
  EXPECT_NE(document.find("s3:PutObject"), std::string::npos);
}

TEST(ReplicaPolicy, without_a_known_executor_the_settings_are_not_fenced) {
  auto wish = fenced();
  wish.executor_role_arn.clear();
  wish.exempt_role_arns.clear();
  const std::string document = first(wish).document;
  EXPECT_EQ(document.find("S3drFenceSettings"), std::string::npos);
  EXPECT_FALSE(may(document, breaker, "s3:PutObject"));
  EXPECT_TRUE(may(document, executor, "s3:PutLifecycleConfiguration", "arn:aws:s3:::ledger-dr"));
  // A command that knows the configuration alone finds nothing wrong with what the functions wrote.
  auto of_command = fenced();
  of_command.executor_role_arn.clear();
  EXPECT_EQ(change(of_command, first(fenced()).document).difference, "");
}

TEST(ReplicaPolicy, a_fence_that_was_changed_is_put_right_and_one_nobody_asked_about_stays) {
  const std::string right = first(fenced()).document;
  EXPECT_EQ(change(fenced(), right).difference, "");
  json::value document = json::parse(right);
  document.at("Statement").at(0).as_object()["Condition"] =
      json::object{{"ArnNotLike", json::object{{"aws:PrincipalArn", "*"}}}};
  document.at("Statement").at(2).as_object().erase("Condition");
  const auto mended = change(fenced(), json::serialize(document));
  EXPECT_EQ(mended.difference, "S3drFence another condition, S3drTls another condition");
  EXPECT_EQ(mended.document, right);
  // Of no opinion: as before there was a fence.
  EXPECT_EQ(change(dr::ReplicaPolicyWish(), right).difference, "");
  EXPECT_EQ(change(dr::ReplicaPolicyWish(), right).document, right);
  auto off = fenced();
  off.fence = false;
  EXPECT_EQ(change(off, right).document, "");
  EXPECT_EQ(
      change(off, right).difference,
      "S3drFence no longer asked for, S3drFenceSettings no longer asked for, S3drTls no longer asked for");
}

TEST(ReplicaPolicy, cloned_statements_stand_between_the_others_and_ours) {
  auto wish = fenced();
  wish.cloned = dr::SettingDocument(
      R"({"Version":"2012-10-17","Statement":[{"Action":["s3:GetObject"],"Effect":"Allow",)"
      R"("Principal":{"AWS":["777788889999"]},"Resource":["arn:aws:s3:::ledger-dr/*"],"Sid":"S3drCloned01234567"}]})");
  const std::string theirs =
      R"({"Statement":[{"Sid":"t","Effect":"Deny","Principal":"*","Action":"s3:GetObjectTorrent","Resource":"arn:aws:s3:::ledger-dr/*"}]})";
  const auto made = change(wish, theirs);
  EXPECT_NE(made.difference.find("other cloned statements"), std::string::npos);
  const json::value after = json::parse(made.document);
  EXPECT_EQ(after.at("Statement").at(0).at("Sid"), "t");
  EXPECT_EQ(after.at("Statement").at(1).at("Sid"), "S3drCloned01234567");
  EXPECT_EQ(after.at("Statement").at(2).at("Sid"), "S3drFence");
  EXPECT_EQ(change(wish, made.document).difference, "");
  wish.cloned = dr::SettingDocument();
  EXPECT_EQ(json::parse(change(wish, made.document).document).at("Statement").as_array().size(), 4u);
  wish.cloned.reset();  // not said: as it is
  EXPECT_EQ(change(wish, made.document).difference, "");
}

TEST(ReplicaPolicy, a_document_that_s3_would_refuse_for_its_length_goes_without_the_clones) {
  auto wish = fenced();
  std::string document = R"({"Version":"2012-10-17","Statement":[)";
  for (int i = 0; i < 200; ++i)
    document += std::string(i == 0 ? "" : ",") +
                R"({"Action":["s3:GetObject"],"Effect":"Allow","Principal":)" +
                R"({"AWS":["777788889999"]},"Resource":["arn:aws:s3:::ledger-dr/)" + std::to_string(i) +
                R"("],"Sid":"S3drCloned)" + std::to_string(10'000'000 + i) + "\"}";
  wish.cloned = dr::SettingDocument(document + "]}");
  const auto made = first(wish);
  EXPECT_EQ(made.document, first(fenced()).document);
  ASSERT_EQ(made.left_out.size(), 1u);
  EXPECT_EQ(change(wish, made.document).difference, "");
}

}  // namespace
}  // namespace s3dr
