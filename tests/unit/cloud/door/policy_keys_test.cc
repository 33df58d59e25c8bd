// Policies of roles, topics and queues: a key that AWS knows and this cloud does not evaluate is refused with 501; a key
// that nobody knows is kept.
#include "cloud/door/policy_keys.h"

#include <fstream>
#include <iterator>
#include <set>

#include "cloud/door/condition_keys.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

using aws::PolicyUse;

std::string statement(const std::string& actions, const std::string& key, const std::string& more = "") {
  return R"({"Effect":"Deny",)" + more + R"("Action":)" + actions + R"(,"Condition":{"StringEquals":{")" +
         key + R"(":"x"}})";
}

struct KeyRow {
  std::string actions, key;
  std::string refused;  // the key that is named; empty: none
};

TEST(PolicyKeys, WhatARolesPolicyMayAsk) {
  const KeyRow rows[] = {
      {R"("sns:*")", "sns:Protocol", "sns:Protocol"},
      {R"("sns:*")", "SNS:protocol", "SNS:protocol"},
      {R"("iam:*")", "iam:PassedToService", ""},
      {R"("iam:*")", "iam:ResourceTag/team", "iam:ResourceTag/team"},
      {R"("iam:*")", "iam:PermissionsBoundary", "iam:PermissionsBoundary"},
      {R"("s3:*")", "s3:ExistingObjectTag/class", ""},
      {R"("s3:*")", "aws:RequestTag/team", ""},
      {R"(["s3:*","sns:*"])", "aws:RequestTag/team", "aws:RequestTag/team"},
      {R"("*")", "aws:TagKeys", "aws:TagKeys"},
      {R"("*")", "aws:ResourceTag/team", "aws:ResourceTag/team"},
      {R"("*")", "aws:TokenIssueTime", "aws:TokenIssueTime"},
      {R"("*")", "aws:FederatedProvider", "aws:FederatedProvider"},
      {R"("*")", "aws:SourceIp", ""},
      {R"("*")", "aws:PrincipalOrgID", ""},
      {R"("*")", "kms:ViaService", ""},
      {R"("*")", "s3:NoSuchKeyAtAll", ""},
      {R"("*")", "nobody:knows", ""},
  };
  for (const KeyRow& row : rows) {
    const std::string text = R"({"Version":"2012-10-17","Statement":)" +
                             statement(row.actions, row.key, R"("Resource":"*",)") + "}}";
    const auto found =
        cloud::key_not_evaluated(aws::parse_policy(text, PolicyUse::identity), PolicyUse::identity);
    EXPECT_EQ(found.value_or(""), row.refused) << row.actions << " " << row.key;
  }
  const std::string trust =
      R"({"Statement":)" +
      statement(R"("sts:AssumeRoleWithWebIdentity")", "aws:FederatedProvider", R"("Principal":"*",)") + "}}";
  EXPECT_FALSE(cloud::key_not_evaluated(aws::parse_policy(trust, PolicyUse::trust), PolicyUse::trust));
}

TEST(PolicyKeys, AVariableIsAKeyToo) {
  const auto found = [](const std::string& version) {
    const std::string text =
        R"({"Version":")" + version +
        R"(","Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::b/${ aws:TokenIssueTime , 'x'}/*"}})";
    return cloud::key_not_evaluated(aws::parse_policy(text, PolicyUse::identity), PolicyUse::identity)
        .value_or("");
  };
  EXPECT_EQ(found("2012-10-17"), "aws:TokenIssueTime");
  EXPECT_EQ(found("2008-10-17"), "");
}

TEST(PolicyKeys, NoKeyHasTwoRows) {
  std::set<std::string> names;
  for (const auto& row : cloud::s3_keys()) {
    if (!row.name.starts_with("aws:")) EXPECT_TRUE(names.insert(lower_case(row.name)).second) << row.name;
  }
  for (const auto& row : cloud::global_keys())
    EXPECT_TRUE(names.insert(lower_case(row.name)).second) << row.name;
  for (const auto& row : cloud::service_keys())
    EXPECT_TRUE(names.insert(lower_case(row.name)).second) << row.name;
}

// docs/protocol/condition-keys.md names every key, with the type of its row.
TEST(PolicyKeys, ThePageHasEveryKey) {
  std::ifstream file(S3DR_TEST_DATA "/../../docs/protocol/condition-keys.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  ASSERT_FALSE(page.empty());
  const char* const types[] = {"text", "texts", "number", "date", "boolean", "address", "arn"};
  const auto check = [&](const auto& row) {
    const std::string name = "`" + std::string(row.name) + "`", of_its_own = "| " + name + " | ";
    EXPECT_NE(page.find(name), std::string::npos) << row.name;
    if (page.find(of_its_own) == std::string::npos) return;
    const std::string typed = of_its_own + types[static_cast<std::size_t>(row.type)] + " | ";
    EXPECT_NE(page.find(typed), std::string::npos) << row.name;
  };
  std::ranges::for_each(cloud::s3_keys(), check);
  std::ranges::for_each(cloud::global_keys(), check);
}

class KeysAtServices : public RolesTest {};

TEST_F(KeysAtServices, AreRefusedWith501AndNamed) {
  const std::string known =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sns:Subscribe",)"
      R"("Resource":"*","Condition":{"StringEquals":{"sns:Protocol":"https"}}}})";
  std::string unknown = known;
  unknown.replace(unknown.find("sns:Protocol"), 12, "sns:NoSuch__");
  const auto refused = [](const cloud::Reply& reply, const std::string& key) {
    EXPECT_EQ(reply.status, 501) << reply.body;
    EXPECT_NE(reply.body.find("The condition key " + key + " is not evaluated here."), std::string::npos)
        << reply.body;
  };

  query("sns", "CreateTopic", {{"Name", "t"}});
  const auto set_topic = [&](const std::string& policy) {
    return query("sns", "SetTopicAttributes",
                 {{"TopicArn", "arn:aws:sns:us-west-2:" + cloud::alice.id + ":t"},
                  {"AttributeName", "Policy"},
                  {"AttributeValue", policy}});
  };
  refused(set_topic(known), "sns:Protocol");
  EXPECT_EQ(set_topic(unknown).status, 200);

  const auto create_queue = [&](const std::string& policy) {
    return json_call("sqs", "AmazonSQS.CreateQueue",
                     {{"QueueName", "q"}, {"Attributes", boost::json::object{{"Policy", policy}}}});
  };
  refused(create_queue(known), "sns:Protocol");
  EXPECT_EQ(create_queue(unknown).status, 200);

  create_role("worker", trust(of_account(cloud::alice)));
  const auto put = [&](const std::string& key) {
    return query(
        "iam", "PutRolePolicy",
        {{"RoleName", "worker"},
         {"PolicyName", "p"},
         {"PolicyDocument", document(allow(R"("iam:*")", R"("*")",
                                           R"(,"Condition":{"StringEquals":{")" + key + R"(":"x"}})"))}});
  };
  refused(put("iam:PermissionsBoundary"), "iam:PermissionsBoundary");
  EXPECT_EQ(put("iam:NoSuch").status, 200);
  refused(
      create_role("other", trust(of_account(cloud::alice), R"({"StringEquals":{"sts:SourceIdentity":"x"}})")),
      "sts:SourceIdentity");
  EXPECT_EQ(
      create_role("third", trust(of_account(cloud::alice), R"({"StringEquals":{"sts:ExternalId":"x"}})"))
          .status,
      200);
}

}  // namespace
}  // namespace s3dr::services
