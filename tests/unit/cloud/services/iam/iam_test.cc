// IAM's roles: what is kept, what is refused and how.
#include "cloud/services/iam/iam_service.h"

#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

using cloud::alice;
using cloud::bob;
using cloud::Reply;

class IamTest : public RolesTest {
 protected:
  Reply iam(const std::string& action, const std::map<std::string, std::string>& form,
            const cloud::Account& account = alice) {
    return query("iam", action, form, account);
  }
  static int count(const std::string& text, const std::string& what) {
    int found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }
};

TEST_F(IamTest, ARoleIsKeptAsGiven) {
  const std::string policy = trust(of_service("lambda.amazonaws.com"));
  const Reply created = iam("CreateRole", {{"RoleName", "dr-check"},
                                           {"AssumeRolePolicyDocument", policy},
                                           {"Path", "/dr/"},
                                           {"Description", "a < b"},
                                           {"MaxSessionDuration", "7200"},
                                           {"Tags.member.1.Key", "app"},
                                           {"Tags.member.1.Value", "dr"}});
  ASSERT_EQ(created.status, 200) << created.body;
  for (const Reply& reply : {created, iam("GetRole", {{"RoleName", "dr-check"}})}) {
    EXPECT_EQ(reply.element("Arn"), "arn:aws:iam::111122223333:role/dr/dr-check");
    EXPECT_EQ(uri_decode(reply.element("AssumeRolePolicyDocument")), policy);
    EXPECT_EQ(reply.element("AssumeRolePolicyDocument").find('{'), std::string::npos);
    EXPECT_EQ(reply.element("Description"), "a &lt; b");
    EXPECT_EQ(reply.element("MaxSessionDuration"), "7200");
    EXPECT_EQ(reply.element("Key") + "=" + reply.element("Value"), "app=dr");
    EXPECT_EQ(reply.element("RoleId").substr(0, 4), "AROA");
    EXPECT_EQ(reply.element("RoleId").size(), 21U);
    EXPECT_EQ(reply.element("RoleId"), created.element("RoleId"));
  }
  // The other region sees it too; the other account does not.
  EXPECT_EQ(query("iam", "GetRole", {{"RoleName", "dr-check"}}, alice, "us-east-2").status, 200);
  const Reply foreign = iam("GetRole", {{"RoleName", "dr-check"}}, bob);
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(foreign.code(), "NoSuchEntity");
}

TEST_F(IamTest, ANameIsTakenOnce) {
  ASSERT_EQ(create_role("dr", trust(of_account(alice))).status, 200);
  for (const std::string name : {"dr", "DR"}) {
    const Reply again = create_role(name, trust(of_account(alice)));
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(again.code(), "EntityAlreadyExists");
  }
  EXPECT_EQ(create_role("dr", trust(of_account(bob)), bob).status, 200);
}

TEST_F(IamTest, ChangesOfARole) {
  create_role("dr", trust(of_account(alice)));
  const std::string other = trust(of_service("lambda.amazonaws.com"));
  EXPECT_EQ(iam("UpdateAssumeRolePolicy", {{"RoleName", "dr"}, {"PolicyDocument", other}}).status, 200);
  EXPECT_EQ(
      iam("UpdateRole", {{"RoleName", "dr"}, {"Description", "new"}, {"MaxSessionDuration", "3700"}}).status,
      200);
  EXPECT_EQ(iam("TagRole", {{"RoleName", "dr"},
                            {"Tags.member.1.Key", "a"},
                            {"Tags.member.1.Value", "1"},
                            {"Tags.member.2.Key", "b"},
                            {"Tags.member.2.Value", ""}})
                .status,
            200);
  EXPECT_EQ(
      iam("TagRole", {{"RoleName", "dr"}, {"Tags.member.1.Key", "A"}, {"Tags.member.1.Value", "2"}}).status,
      200);
  EXPECT_EQ(iam("UntagRole", {{"RoleName", "dr"}, {"TagKeys.member.1", "b"}}).status, 200);
  const Reply role = iam("GetRole", {{"RoleName", "dr"}});
  EXPECT_EQ(uri_decode(role.element("AssumeRolePolicyDocument")), other);
  EXPECT_EQ(role.element("Description"), "new");
  EXPECT_EQ(role.element("MaxSessionDuration"), "3700");
  const Reply tags = iam("ListRoleTags", {{"RoleName", "dr"}});
  EXPECT_EQ(tags.element("Tags"), "<member><Key>A</Key><Value>2</Value></member>");
}

TEST_F(IamTest, InlinePolicies) {
  create_role("dr", trust(of_account(alice)));
  put_policy("dr", allow(R"("s3:*")"));
  put_policy("dr", allow(R"("sns:Publish")"));  // replaces
  put_policy("dr", allow(R"("sqs:*")"), alice, "second");
  const Reply policy = iam("GetRolePolicy", {{"RoleName", "dr"}, {"PolicyName", "inline"}});
  EXPECT_EQ(uri_decode(policy.element("PolicyDocument")), document(allow(R"("sns:Publish")")));
  const Reply list = iam("ListRolePolicies", {{"RoleName", "dr"}, {"MaxItems", "1"}});
  EXPECT_EQ(list.element("PolicyNames"), "<member>inline</member>");
  EXPECT_EQ(list.element("IsTruncated"), "true");
  const Reply rest = iam("ListRolePolicies", {{"RoleName", "dr"}, {"Marker", list.element("Marker")}});
  EXPECT_EQ(rest.element("PolicyNames"), "<member>second</member>");
  EXPECT_EQ(rest.element("IsTruncated"), "false");
  EXPECT_EQ(iam("ListAttachedRolePolicies", {{"RoleName", "dr"}}).element("AttachedPolicies"), "");

  const Reply conflict = iam("DeleteRole", {{"RoleName", "dr"}});
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.code(), "DeleteConflict");
  for (const std::string name : {"inline", "second"})
    EXPECT_EQ(iam("DeleteRolePolicy", {{"RoleName", "dr"}, {"PolicyName", name}}).status, 200);
  EXPECT_EQ(iam("DeleteRolePolicy", {{"RoleName", "dr"}, {"PolicyName", "inline"}}).code(), "NoSuchEntity");
  EXPECT_EQ(iam("DeleteRole", {{"RoleName", "dr"}}).status, 200);
  EXPECT_EQ(iam("DeleteRole", {{"RoleName", "dr"}}).code(), "NoSuchEntity");
}

TEST_F(IamTest, ListsComeInPages) {
  for (int i = 0; i < 7; ++i) create_role("role-" + std::to_string(i), trust(of_account(alice)));
  create_role("foreign", trust(of_account(bob)), bob);
  std::string marker, all;
  int pages = 0;
  do {
    std::map<std::string, std::string> form = {{"MaxItems", "3"}};
    if (!marker.empty()) form["Marker"] = marker;
    const Reply page = iam("ListRoles", form);
    ASSERT_EQ(page.status, 200) << page.body;
    all += page.body;
    marker = page.element("Marker");
    EXPECT_EQ(page.element("IsTruncated"), marker.empty() ? "false" : "true");
  } while (!marker.empty() && ++pages < 9);
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(count(all, "<RoleName>role-"), 7);
  EXPECT_EQ(all.find("foreign"), std::string::npos);
  EXPECT_EQ(iam("ListRoles", {{"PathPrefix", "/none/"}}).element("Roles"), "");
}

TEST_F(IamTest, WhatIsRefused) {
  create_role("dr", trust(of_account(alice)));
  const std::string fine = trust(of_account(alice));
  struct Row {
    std::string action;
    std::map<std::string, std::string> form;
    std::string code;
    int status;
  };
  const std::string long_policy =
      document(allow(R"("s3:*")", R"("arn:aws:s3:::)" + std::string(10'300, 'b') + "\""));
  const std::vector<Row> rows = {
      {"CreateRole", {{"AssumeRolePolicyDocument", fine}}, "MissingParameter", 400},
      {"CreateRole", {{"RoleName", "a/b"}, {"AssumeRolePolicyDocument", fine}}, "ValidationError", 400},
      {"CreateRole",
       {{"RoleName", std::string(65, 'a')}, {"AssumeRolePolicyDocument", fine}},
       "ValidationError",
       400},
      {"CreateRole", {{"RoleName", "x"}, {"AssumeRolePolicyDocument", "{}"}}, "MalformedPolicyDocument", 400},
      {"CreateRole",
       {{"RoleName", "x"}, {"AssumeRolePolicyDocument", trust(R"({"AWS":"999999999999"})")}},
       "MalformedPolicyDocument",
       400},
      {"CreateRole",
       {{"RoleName", "x"},
        {"AssumeRolePolicyDocument", trust(R"({"AWS":"arn:aws:iam::111122223333:role/none"})")}},
       "MalformedPolicyDocument",
       400},
      {"CreateRole",
       {{"RoleName", "x"}, {"AssumeRolePolicyDocument", fine}, {"Path", "dr"}},
       "ValidationError",
       400},
      {"CreateRole",
       {{"RoleName", "x"}, {"AssumeRolePolicyDocument", fine}, {"MaxSessionDuration", "60"}},
       "ValidationError",
       400},
      {"CreateRole",
       {{"RoleName", "x"},
        {"AssumeRolePolicyDocument", fine},
        {"PermissionsBoundary", "arn:aws:iam::aws:policy/x"}},
       "NotImplemented",
       501},
      {"CreateRole",
       {{"RoleName", "x"},
        {"AssumeRolePolicyDocument", fine},
        {"Tags.member.1.Key", "a"},
        {"Tags.member.1.Value", ""},
        {"Tags.member.2.Key", "A"},
        {"Tags.member.2.Value", ""}},
       "InvalidInput",
       400},
      {"PutRolePolicy",
       {{"RoleName", "dr"}, {"PolicyName", "p"}, {"PolicyDocument", fine}},
       "MalformedPolicyDocument",
       400},
      {"PutRolePolicy",
       {{"RoleName", "dr"}, {"PolicyName", "p"}, {"PolicyDocument", long_policy}},
       "LimitExceeded",
       409},
      {"PutRolePolicy",
       {{"RoleName", "none"}, {"PolicyName", "p"}, {"PolicyDocument", document(allow(R"("s3:*")"))}},
       "NoSuchEntity",
       404},
      {"GetRolePolicy", {{"RoleName", "dr"}, {"PolicyName", "none"}}, "NoSuchEntity", 404},
      {"UpdateAssumeRolePolicy", {{"RoleName", "none"}, {"PolicyDocument", fine}}, "NoSuchEntity", 404},
      {"ListRoles", {{"MaxItems", "0"}}, "ValidationError", 400},
      {"ListRoles", {{"Marker", "?"}}, "ValidationError", 400},
      {"AttachRolePolicy",
       {{"RoleName", "dr"}, {"PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"}},
       "InvalidAction",
       501},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.action + " " + row.code);
    const Reply reply = iam(row.action, row.form);
    EXPECT_EQ(reply.status, row.status) << reply.body;
    EXPECT_EQ(reply.code(), row.code) << reply.body;
  }
  EXPECT_EQ(iam("GetRole", {{"RoleName", "x"}}).status, 404);
  EXPECT_EQ(iam("ListRolePolicies", {{"RoleName", "dr"}}).element("PolicyNames"), "");
}

}  // namespace
}  // namespace s3dr::services
