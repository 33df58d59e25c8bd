// What sessions of roles may do at S3's door and at the services': each right given is enough, each left out
// is refused by name.
#include "cloud/door/s3_access.h"
#include "cloud/process/router.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

using cloud::alice;
using cloud::bob;
using cloud::Call;
using cloud::Reply;

class EnforcementTest : public RolesTest {
 protected:
  EnforcementTest() {
    create_bucket(west(), "data");
    enable_versioning(west(), "data");
    create_bucket(east(), "data-dr");
    enable_versioning(east(), "data-dr");
    send({"PUT", "/data/key", "the object"});
    version = send({"HEAD", "/data/key"}).header("x-amz-version-id");
    upload = send({"POST", "/data/key?uploads"}).element("UploadId");
  }

  Reply as(const cloud::Account& account, const std::string& method, const std::string& target,
           const std::string& body = "", const Headers& headers = {}) {
    return send({method, target, body, headers, account});
  }
  // "AccessDenied" and the action it names, or the status.
  static std::string outcome(const Reply& reply) {
    if (reply.status < 300) return "ok";
    const std::string message = reply.element("Message");
    constexpr std::string_view mark = "perform: ";
    const std::size_t at = message.find(mark);
    if (at == std::string::npos) return std::to_string(reply.status) + " " + reply.code();
    const std::size_t begin = at + mark.size();
    return "denied " + message.substr(begin, message.find(' ', begin) - begin);
  }
  static std::string replication(const std::string& role) {
    return "<ReplicationConfiguration><Role>" + role +
           "</Role><Rule><ID>r</ID><Status>Enabled</Status><Prefix></Prefix><Destination><Bucket>"
           "arn:aws:s3:::data-dr</Bucket></Destination></Rule></ReplicationConfiguration>";
  }

  std::string version, upload;
};

struct OperationRow {
  std::string method, target, body;
  Headers headers;
  std::string action;        // what it needs
  std::string resource;      // on this
  std::string refusal = {};  // HEAD shows no message
};

TEST_F(EnforcementTest, EachOperationNeedsItsActionOnItsResource) {
  const std::string tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
  const Headers control = {{"x-amz-account-id", alice.id}};
  const std::string bucket = "arn:aws:s3:::data", key = "arn:aws:s3:::data/key";
  const std::string part = "?partNumber=1&uploadId=" + upload;
  const std::vector<OperationRow> rows = {
      {"GET", "/", "", {}, "s3:ListAllMyBuckets", "*"},
      {"HEAD", "/data", "", {}, "s3:ListBucket", bucket, "403 "},
      {"GET", "/data?location", "", {}, "s3:GetBucketLocation", bucket},
      {"GET", "/data?versioning", "", {}, "s3:GetBucketVersioning", bucket},
      {"PUT", "/data?versioning", versioning_xml("Enabled"), {}, "s3:PutBucketVersioning", bucket},
      {"PUT", "/data?tagging", tagging, {}, "s3:PutBucketTagging", bucket},
      {"GET", "/data?tagging", "", {}, "s3:GetBucketTagging", bucket},
      {"DELETE", "/data?tagging", "", {}, "s3:PutBucketTagging", bucket},
      {"DELETE", "/data?replication", "", {}, "s3:PutReplicationConfiguration", bucket},
      {"GET", "/data", "", {}, "s3:ListBucket", bucket},
      {"GET", "/data?list-type=2", "", {}, "s3:ListBucket", bucket},
      {"GET", "/data?versions", "", {}, "s3:ListBucketVersions", bucket},
      {"GET", "/data?uploads", "", {}, "s3:ListBucketMultipartUploads", bucket},
      {"GET", "/data/key", "", {}, "s3:GetObject", key},
      {"HEAD", "/data/key", "", {}, "s3:GetObject", key, "403 "},
      {"GET", "/data/key?versionId=" + version, "", {}, "s3:GetObjectVersion", key},
      {"GET", "/data/key?tagging", "", {}, "s3:GetObjectTagging", key},
      {"GET", "/data/key?tagging&versionId=" + version, "", {}, "s3:GetObjectVersionTagging", key},
      {"PUT", "/data/key?tagging", tagging, {}, "s3:PutObjectTagging", key},
      {"DELETE", "/data/key?tagging", "", {}, "s3:DeleteObjectTagging", key},
      {"PUT", "/data/key" + part, "part", {}, "s3:PutObject", key},
      {"GET", "/data/key?uploadId=" + upload, "", {}, "s3:ListMultipartUploadParts", key},
      {"DELETE", "/data/key?uploadId=" + upload, "", {}, "s3:AbortMultipartUpload", key},
      {"POST", "/data/key?uploads", "", {}, "s3:PutObject", key},
      {"PUT", "/data/key", "more", {}, "s3:PutObject", key},
      {"PUT", "/data/key", "only if new", {{"If-None-Match", "*"}}, "s3:PutObject", key},
      {"DELETE", "/data/key", "", {}, "s3:DeleteObject", key},
      {"DELETE", "/data/key?versionId=" + version, "", {}, "s3:DeleteObjectVersion", key},
      {"PUT",
       "/new-bucket",
       "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint></"
       "CreateBucketConfiguration>",
       {},
       "s3:CreateBucket",
       "arn:aws:s3:::new-bucket"},
      {"DELETE", "/new-bucket", "", {}, "s3:DeleteBucket", "arn:aws:s3:::new-bucket"},
      {"POST", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Adata",
       "<TagResourceRequest><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></TagResourceRequest>",
       control, "s3:TagResource", bucket},
      {"GET", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Adata", "", control, "s3:ListTagsForResource", bucket},
      {"DELETE", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Adata?tagKeys=a", "", control, "s3:UntagResource",
       bucket},
      {"GET", "/v20180820/jobs", "", control, "s3:ListJobs", "*"},
  };
  const cloud::Account session = session_with("");
  for (const OperationRow& row : rows) {
    SCOPED_TRACE(row.method + " " + row.target + " " + row.action);
    const std::string refused = row.refusal.empty() ? "denied " + row.action : row.refusal;
    // Everything but that action; that action on something else.
    put_policy("worker", R"({"Effect":"Allow","NotAction":")" + row.action + R"(","Resource":"*"})");
    EXPECT_EQ(outcome(as(session, row.method, row.target, row.body, row.headers)), refused);
    put_policy("worker", allow("\"" + row.action + "\"", R"("arn:aws:s3:::other*")"));
    EXPECT_EQ(outcome(as(session, row.method, row.target, row.body, row.headers)), refused);
    // That action alone.
    put_policy("worker", allow("\"" + row.action + "\"", "\"" + row.resource + "\""));
    const Reply reply = as(session, row.method, row.target, row.body, row.headers);
    EXPECT_TRUE(outcome(reply) == "ok" || reply.status == 412) << outcome(reply) << reply.body;
  }
}

TEST_F(EnforcementTest, TheRefusalNamesPrincipalActionAndResource) {
  const cloud::Account session = session_with("");
  const Reply silent = as(session, "GET", "/data/key");
  EXPECT_EQ(silent.status, 403);
  EXPECT_EQ(silent.code(), "AccessDenied");
  EXPECT_EQ(silent.element("Message"),
            "User: arn:aws:sts::111122223333:assumed-role/worker/run-1 is not authorized to perform: "
            "s3:GetObject on resource: arn:aws:s3:::data/key because no identity-based policy allows the "
            "s3:GetObject action");
  put_policy("worker", allow(R"("s3:*")") + R"(,{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"})");
  EXPECT_NE(as(session, "GET", "/data/key")
                .element("Message")
                .find("with an explicit deny in an identity-based policy"),
            std::string::npos);
  EXPECT_EQ(as(session, "GET", "/data").status, 200);
}

// What stands in a body or in a second place.
TEST_F(EnforcementTest, FurtherRights) {
  const cloud::Account session =
      session_with(allow(R"(["s3:CreateBucket","s3:PutObject","s3:DeleteObject"])"));
  const std::string tagged =
      "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint><Tags><Tag><Key>a</Key>"
      "<Value>b</Value></Tag></Tags></CreateBucketConfiguration>";
  EXPECT_EQ(outcome(as(session, "PUT", "/tagged", tagged)), "denied s3:TagResource");
  const std::string here =
      "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint></"
      "CreateBucketConfiguration>";
  EXPECT_EQ(outcome(as(session, "PUT", "/locked", here, {{"x-amz-bucket-object-lock-enabled", "true"}})),
            "denied s3:PutBucketObjectLockConfiguration");
  EXPECT_EQ(outcome(as(session, "PUT", "/owned", here, {{"x-amz-object-ownership", "ObjectWriter"}})),
            "denied s3:PutBucketOwnershipControls");
  EXPECT_EQ(outcome(as(session, "PUT", "/listed", here, {{"x-amz-acl", "public-read"}})),
            "denied s3:PutBucketAcl");
  EXPECT_EQ(outcome(as(session, "PUT", "/private", here, {{"x-amz-acl", "private"}})), "ok");
  EXPECT_EQ(outcome(as(session, "PUT", "/data/copy", "", {{"x-amz-copy-source", "/data/key"}})),
            "denied s3:GetObject");
  EXPECT_EQ(outcome(as(session, "PUT", "/data/copy", "",
                       {{"x-amz-copy-source", "/data/key?versionId=" + version}})),
            "denied s3:GetObjectVersion");
  EXPECT_EQ(outcome(as(session, "PUT", "/data/x", "x", {{"x-amz-tagging", "a=b"}})),
            "denied s3:PutObjectTagging");
  // Deleting many: each key for itself.
  put_policy("worker", allow(R"("s3:DeleteObject")", R"("arn:aws:s3:::data/a*")"));
  const Reply deleted =
      as(session, "POST", "/data?delete",
         "<Delete><Object><Key>a1</Key></Object><Object><Key>b1</Key></Object><Object><Key>a2"
         "</Key><VersionId>null</VersionId></Object></Delete>");
  ASSERT_EQ(deleted.status, 200) << deleted.body;
  EXPECT_NE(deleted.body.find("<Deleted><Key>a1</Key>"), std::string::npos) << deleted.body;
  EXPECT_NE(deleted.body.find("s3:DeleteObject on resource: arn:aws:s3:::data/b1"), std::string::npos)
      << deleted.body;
  EXPECT_NE(deleted.body.find("s3:DeleteObjectVersion on resource: arn:aws:s3:::data/a2"), std::string::npos)
      << deleted.body;
}

TEST_F(EnforcementTest, AbsenceIsToldOnlyToWhoMayList) {
  const cloud::Account session = session_with(allow(R"("s3:GetObject")"));
  EXPECT_EQ(outcome(as(session, "GET", "/data/none")), "denied s3:ListBucket");
  send({"DELETE", "/data/key"});
  EXPECT_EQ(outcome(as(session, "GET", "/data/key")), "denied s3:ListBucket");
  EXPECT_EQ(as(session, "HEAD", "/data/key").status, 403);
  put_policy("worker", allow(R"(["s3:GetObject","s3:ListBucket"])"));
  EXPECT_EQ(as(session, "GET", "/data/none").code(), "NoSuchKey");
  EXPECT_EQ(as(session, "GET", "/data/key").code(), "NoSuchKey");
}

TEST_F(EnforcementTest, ConditionsOfTheRequest) {
  const cloud::Account session = session_with(
      allow(R"("s3:ListBucket")", R"("*")", R"(,"Condition":{"StringLike":{"s3:prefix":"records/*"}})") +
      "," +
      allow(R"("s3:GetBucketTagging")", R"("*")",
            R"(,"Condition":{"StringEquals":{"aws:ResourceAccount":"444455556666"}})") +
      "," +
      allow(
          R"("s3:GetBucketVersioning")", R"("*")",
          R"(,"Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333","aws:RequestedRegion":"us-west-2"},"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}})"));
  EXPECT_EQ(as(session, "GET", "/data?list-type=2&prefix=records/a").status, 200);
  EXPECT_EQ(as(session, "GET", "/data?list-type=2").status, 403);
  EXPECT_EQ(as(session, "GET", "/data?tagging").status, 403);
  EXPECT_EQ(as(session, "GET", "/data?versioning").status, 200);
}

TEST_F(EnforcementTest, ABucketOfAnotherRegionIsStillPointedAt) {
  const cloud::Account session = session_with("");
  EXPECT_EQ(as(session, "GET", "/data-dr").code(), "PermanentRedirect");
}

TEST_F(EnforcementTest, HandingARoleToS3IsARightOfItsOwn) {
  create_role("copier", trust(of_service("s3.amazonaws.com")));
  const std::string role = role_arn("copier");
  const cloud::Account session = session_with(allow(R"("s3:PutReplicationConfiguration")"));
  const auto put = [&] { return outcome(as(session, "PUT", "/data?replication", replication(role))); };
  EXPECT_EQ(put(), "denied iam:PassRole");
  const auto passing_to = [&](const std::string& service) {
    return allow(R"("s3:PutReplicationConfiguration")") + "," +
           allow(R"("iam:PassRole")", "\"" + role + "\"",
                 R"(,"Condition":{"StringEquals":{"iam:PassedToService":")" + service + R"("}})");
  };
  put_policy("worker", passing_to("lambda.amazonaws.com"));
  EXPECT_EQ(put(), "denied iam:PassRole");
  put_policy("worker", passing_to("s3.amazonaws.com"));
  EXPECT_EQ(put(), "ok");

  const Headers control = {{"x-amz-account-id", alice.id}};
  const std::string job =
      "<CreateJobRequest "
      "xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><ConfirmationRequired>false"
      "</ConfirmationRequired><Operation><S3ReplicateObject/></Operation><Report><Enabled>false</Enabled></"
      "Report>"
      "<ClientRequestToken>t</ClientRequestToken><Description>d</Description><Priority>1</"
      "Priority><RoleArn>" +
      role +
      "</RoleArn><ManifestGenerator><S3JobManifestGenerator><SourceBucket>arn:aws:s3:::data</SourceBucket>"
      "<EnableManifestOutput>false</EnableManifestOutput><Filter><EligibleForReplication>true"
      "</EligibleForReplication></Filter></S3JobManifestGenerator></ManifestGenerator></CreateJobRequest>";
  put_policy("worker", allow(R"("s3:CreateJob")"));
  EXPECT_EQ(outcome(as(session, "POST", "/v20180820/jobs", job, control)), "denied iam:PassRole");
  put_policy(
      "worker",
      allow(R"("s3:CreateJob")") + "," +
          allow(
              R"("iam:PassRole")", "\"" + role + "\"",
              R"(,"Condition":{"StringEquals":{"iam:PassedToService":"batchoperations.s3.amazonaws.com"}})"));
  EXPECT_EQ(outcome(as(session, "POST", "/v20180820/jobs", job, control)), "ok");
}

TEST_F(EnforcementTest, ARoleThatIsGoneOrMadeAnewLeavesItsSessionsNothing) {
  const cloud::Account session = session_with(allow(R"("s3:*")"));
  EXPECT_EQ(as(session, "GET", "/data").status, 200);
  query("iam", "DeleteRolePolicy", {{"RoleName", "worker"}, {"PolicyName", "inline"}});
  EXPECT_EQ(as(session, "GET", "/data").status, 403);
  EXPECT_EQ(query("iam", "DeleteRole", {{"RoleName", "worker"}}).status, 200);
  EXPECT_EQ(as(session, "GET", "/data").status, 403);
  session_with(allow(R"("s3:*")"));  // the same name
  EXPECT_EQ(as(session, "GET", "/data").status, 403);
}

TEST_F(EnforcementTest, IamItself) {
  const cloud::Account session =
      session_with(allow(R"(["iam:GetRole","iam:CreateRole"])", R"("arn:aws:iam::111122223333:role/dr-*")"));
  const auto get = [&](const std::string& name) {
    return query("iam", "GetRole", {{"RoleName", name}}, session);
  };
  EXPECT_EQ(get("dr-x").code(), "NoSuchEntity");
  const Reply denied = get("worker");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.code(), "AccessDenied");
  EXPECT_NE(denied.element("Message").find("iam:GetRole on resource: arn:aws:iam::111122223333:role/worker"),
            std::string::npos)
      << denied.body;
  const auto create = [&](std::map<std::string, std::string> form) {
    form.insert({{"RoleName", "dr-y"}, {"AssumeRolePolicyDocument", trust(of_account(alice))}});
    return query("iam", "CreateRole", form, session).status;
  };
  EXPECT_EQ(create({{"Tags.member.1.Key", "a"}, {"Tags.member.1.Value", "b"}}), 403);  // iam:TagRole
  EXPECT_EQ(create({}), 200);
  EXPECT_EQ(query("iam", "PutRolePolicy",
                  {{"RoleName", "dr-y"}, {"PolicyName", "p"}, {"PolicyDocument", document(allow(R"("*")"))}},
                  session)
                .status,
            403);
}

TEST_F(EnforcementTest, EveryRouteAsksForSomething) {
  for (const cloud::Route& route : cloud::routes()) {
    cloud::Request request;
    request.account = s3::AccountId::parse(alice.id);
    if (route.target != cloud::Target::service) request.bucket_text = "data";
    if (route.target == cloud::Target::object) request.key = s3::ObjectKey("key");
    const auto needed = cloud::needed_access(west().context(), route, request);
    EXPECT_EQ(needed.empty(), route.name == "DeleteObjects") << route.name;  // which asks for each key
  }
}

}  // namespace
}  // namespace s3dr::services
