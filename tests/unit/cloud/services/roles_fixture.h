// Roles, and sessions of them, for tests of who may do what.
#pragma once

#include "cloud/services/iam/sessions.h"
#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {

class RolesTest : public ServicesTest {
 protected:
  static std::string document(const std::string& inside) {
    return R"({"Version":"2012-10-17","Statement":[)" + inside + "]}";
  }
  static std::string trust(const std::string& principal, const std::string& condition = "") {
    return document(R"({"Effect":"Allow","Action":"sts:AssumeRole","Principal":)" + principal +
                    (condition.empty() ? "" : R"(,"Condition":)" + condition) + "}");
  }
  static std::string allow(const std::string& actions, const std::string& resources = R"("*")",
                           const std::string& further = "") {
    return R"({"Effect":"Allow","Action":)" + actions + R"(,"Resource":)" + resources + further + "}";
  }
  static std::string of_account(const cloud::Account& account) {
    return R"({"AWS":")" + account.id + R"("})";
  }
  static std::string of_service(const std::string& name) { return R"({"Service":")" + name + R"("})"; }

  cloud::Reply create_role(const std::string& name, const std::string& trust_document,
                           const cloud::Account& account = cloud::alice) {
    return query("iam", "CreateRole", {{"RoleName", name}, {"AssumeRolePolicyDocument", trust_document}},
                 account);
  }
  void put_policy(const std::string& role, const std::string& statements,
                  const cloud::Account& account = cloud::alice, const std::string& name = "inline") {
    const cloud::Reply reply =
        query("iam", "PutRolePolicy",
              {{"RoleName", role}, {"PolicyName", name}, {"PolicyDocument", document(statements)}}, account);
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  cloud::Reply assume(const std::string& arn, const cloud::Account& caller = cloud::alice,
                      std::map<std::string, std::string> form = {}) {
    form.emplace("RoleArn", arn);
    form.emplace("RoleSessionName", "run-1");
    return query("sts", "AssumeRole", form, caller);
  }
  static cloud::Account session_of(const cloud::Reply& reply, const std::string& account = cloud::alice.id) {
    return {account, reply.element("AccessKeyId"), reply.element("SecretAccessKey"),
            reply.element("SessionToken")};
  }
  static std::string role_arn(const std::string& name, const cloud::Account& account = cloud::alice) {
    return "arn:aws:iam::" + account.id + ":role/" + name;
  }
  // A session of a new role of alice's with these statements.
  cloud::Account session_with(const std::string& statements, const std::string& name = "worker") {
    const cloud::Reply created = create_role(name, trust(of_account(cloud::alice)));
    EXPECT_EQ(created.status, 200) << created.body;
    if (!statements.empty()) put_policy(name, statements);
    const cloud::Reply assumed = assume(role_arn(name));
    EXPECT_EQ(assumed.status, 200) << assumed.body;
    return session_of(assumed);
  }
};

}  // namespace s3dr::services
