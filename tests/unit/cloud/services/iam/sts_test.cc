// Sessions: who may open one, for how long, and what its keys then are.
#include "cloud/services/iam/sts_service.h"

#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

using cloud::alice;
using cloud::bob;
using cloud::Reply;

class StsTest : public RolesTest {};

TEST_F(StsTest, WhoAmI) {
  const Reply root = query("sts", "GetCallerIdentity", {});
  EXPECT_EQ(root.element("Arn"), "arn:aws:iam::111122223333:root");
  EXPECT_EQ(root.element("Account"), alice.id);
  const cloud::Account session = session_with("");  // needs no permission
  for (const std::string region : {"us-west-2", "us-east-2"}) {
    const Reply reply = query("sts", "GetCallerIdentity", {}, session, region);
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.element("Arn"), "arn:aws:sts::111122223333:assumed-role/worker/run-1");
    EXPECT_EQ(reply.element("UserId").substr(0, 4), "AROA");
    EXPECT_EQ(reply.element("UserId").substr(21), ":run-1");
  }
}

TEST_F(StsTest, ASessionNeedsItsTokenAndEnds) {
  cloud::Account session = session_with("");
  cloud::Account without = session;
  without.token = "";
  EXPECT_EQ(query("sts", "GetCallerIdentity", {}, without).code(), "InvalidClientTokenId");
  clock.advance(std::chrono::hours(1));
  const Reply late = query("sts", "GetCallerIdentity", {}, session);
  EXPECT_EQ(late.status, 403);
  EXPECT_EQ(late.code(), "ExpiredToken");
}

TEST_F(StsTest, TheTrustPolicyDecides) {
  create_role("for-lambda", trust(of_service("lambda.amazonaws.com")));
  create_role("for-bob", trust(of_account(bob)));
  create_role("with-id", trust(of_account(bob), R"({"StringEquals":{"sts:ExternalId":"secret-word"}})"));
  struct Row {
    std::string role;
    cloud::Account caller;
    std::map<std::string, std::string> form;
    int status;
  };
  const std::vector<Row> rows = {
      {"for-lambda", alice, {}, 403},  // not even the account itself
      {"for-bob", alice, {}, 403},
      {"for-bob", bob, {}, 200},
      {"with-id", bob, {}, 403},
      {"with-id", bob, {{"ExternalId", "another"}}, 403},
      {"with-id", bob, {{"ExternalId", "secret-word"}}, 200},
      {"none", alice, {}, 403},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.role + " by " + row.caller.id);
    const Reply reply = assume(role_arn(row.role), row.caller, row.form);
    EXPECT_EQ(reply.status, row.status) << reply.body;
    if (row.status != 403) continue;
    EXPECT_EQ(reply.code(), "AccessDenied");
    EXPECT_EQ(reply.element("Message"),
              "User: arn:aws:iam::" + row.caller.id +
                  ":root is not authorized to perform: sts:AssumeRole on resource: " + role_arn(row.role));
  }
}

TEST_F(StsTest, ARoleOfAnotherAccountNeedsBothSides) {
  const cloud::Account session = session_with("");
  create_role("target", trust(R"({"AWS":")" + role_arn("worker") + R"("})"), bob);
  EXPECT_EQ(assume(role_arn("target", bob), session).status, 403);
  put_policy("worker", allow(R"("sts:AssumeRole")", "\"" + role_arn("target", bob) + "\""));
  const Reply reply = assume(role_arn("target", bob), session);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.element("Arn"), "arn:aws:sts::444455556666:assumed-role/target/run-1");
  // Within one account a trust policy that names the role is enough.
  create_role("sibling", trust(R"({"AWS":")" + role_arn("worker") + R"("})"));
  EXPECT_EQ(assume(role_arn("sibling"), session).status, 200);
}

TEST_F(StsTest, HowLong) {
  query("iam", "CreateRole",
        {{"RoleName", "long"},
         {"AssumeRolePolicyDocument", trust(of_account(alice))},
         {"MaxSessionDuration", "43200"}});
  create_role("short", trust(of_account(alice)));
  const auto with = [&](const std::string& role, const std::string& seconds, const cloud::Account& caller) {
    return assume(role_arn(role), caller, {{"DurationSeconds", seconds}});
  };
  EXPECT_EQ(with("long", "899", alice).code(), "ValidationError");
  EXPECT_EQ(with("long", "43201", alice).code(), "ValidationError");
  EXPECT_EQ(with("long", "x", alice).code(), "ValidationError");
  EXPECT_EQ(with("short", "3601", alice).code(), "ValidationError");
  const Reply whole = with("long", "43200", alice);
  ASSERT_EQ(whole.status, 200);
  EXPECT_EQ(whole.element("Expiration"), to_iso8601_seconds(clock.now() + std::chrono::hours(12)));
  const cloud::Account session = session_with(allow(R"("sts:AssumeRole")"));
  EXPECT_EQ(with("long", "3601", session).code(), "ValidationError");  // chained
  EXPECT_EQ(with("long", "3600", session).status, 200);
}

TEST_F(StsTest, WhatIsRefused) {
  create_role("dr", trust(of_account(alice)));
  EXPECT_EQ(assume("arn:aws:iam::111122223333:user/x").code(), "ValidationError");
  EXPECT_EQ(assume(role_arn("dr"), alice, {{"RoleSessionName", "x"}}).code(), "ValidationError");
  EXPECT_EQ(assume(role_arn("dr"), alice, {{"RoleSessionName", "a b"}}).code(), "ValidationError");
  EXPECT_EQ(assume(role_arn("dr"), alice, {{"Policy", "{}"}}).status, 501);
  EXPECT_EQ(assume(role_arn("dr"), alice, {{"Tags.member.1.Key", "a"}}).status, 501);

  const auto unsigned_call = [](const std::string& form) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers = {{"Host", "localhost"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = Body(form);
    return request;
  };
  EXPECT_EQ(send(west(), unsigned_call("Action=GetCallerIdentity&Version=2011-06-15")).code(),
            "MissingAuthenticationToken");
}

TEST_F(StsTest, AServiceAssumesARole) {
  create_role("fn", trust(of_service("lambda.amazonaws.com")));
  create_role("only-for-us", trust(of_service("lambda.amazonaws.com"),
                                   R"({"StringEquals":{"aws:SourceAccount":"111122223333"}})"));
  const auto as = [&](const std::string& service, const std::string& arn,
                      const cloud::ActsFor& acts_for = {}) {
    return assume_for_service(west().context(), service, arn, "fn-1", std::chrono::minutes(15), acts_for);
  };
  const auto keys = as("lambda.amazonaws.com", role_arn("fn"));
  ASSERT_TRUE(keys) << keys.error();
  const cloud::Account session{alice.id, keys->access_key_id, keys->secret_access_key.reveal(),
                               keys->session_token.reveal()};
  EXPECT_EQ(query("sts", "GetCallerIdentity", {}, session).element("Arn"),
            "arn:aws:sts::111122223333:assumed-role/fn/fn-1");
  EXPECT_NE(as("events.amazonaws.com", role_arn("fn")).error().find("does not let events.amazonaws.com"),
            std::string::npos);
  EXPECT_NE(as("lambda.amazonaws.com", role_arn("none")).error().find("no role"), std::string::npos);
  EXPECT_NE(as("lambda.amazonaws.com", role_arn("fn"), {"", bob.id}).error().find("another account"),
            std::string::npos);
  EXPECT_FALSE(as("lambda.amazonaws.com", role_arn("only-for-us")));
  EXPECT_TRUE(as("lambda.amazonaws.com", role_arn("only-for-us"), {"", alice.id}));
}

}  // namespace
}  // namespace s3dr::services
