// Replication and batch jobs under their roles: each right that is taken away is told by its own reason.
#include "cloud/replication/service_roles.h"

#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

using cloud::alice;

class ServiceRolesTest : public RolesTest {
 protected:
  ServiceRolesTest() {
    source.name = s3::BucketName::parse("ledger");
    source.account = s3::AccountId::parse(alice.id);
    source.replication.emplace();
    source.replication->role_arn = role_arn("copier");
    version.key = s3::ObjectKey("a/key");
    job.id = "j-1";
    job.account = alice.id;
    job.bucket_name = "ledger";
    job.request.role_arn = role_arn("batch");
    job.request.report_bucket = s3::BucketName::parse("reports");
    job.request.manifest_prefix = "m";
  }
  // The statements of the least-privilege replication role, one action left out.
  static std::string rights_without(const std::string& left_out,
                                    const std::map<std::string, std::vector<std::string>>& rights) {
    std::string statements;
    for (const auto& [resource, actions] : rights) {
      std::string list;
      for (const std::string& action : actions) {
        if (action != left_out) list += (list.empty() ? "\"" : ",\"") + action + "\"";
      }
      if (!list.empty())
        statements += (statements.empty() ? "" : ",") + allow("[" + list + "]", "\"" + resource + "\"");
    }
    return statements;
  }
  // The reason alone, of "REASON: ROLE is not authorized to perform: …".
  std::string replicated(const cloud::VersionRow& row) { return told(row).substr(0, told(row).find(':')); }
  std::string told(const cloud::VersionRow& row) {
    return cloud::why_not_replicated(west().context(), source, row, "ledger-dr",
                                     s3::AccountId::parse(alice.id))
        .value_or("replicated");
  }
  std::string job_run() { return cloud::why_job_not_run(west().context(), job).value_or("run"); }

  const std::map<std::string, std::vector<std::string>> copier_rights = {
      {"arn:aws:s3:::ledger", {"s3:GetReplicationConfiguration", "s3:ListBucket"}},
      {"arn:aws:s3:::ledger/*",
       {"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"}},
      {"arn:aws:s3:::ledger-dr/*", {"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"}}};
  const std::map<std::string, std::vector<std::string>> batch_rights = {
      {"arn:aws:s3:::ledger", {"s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"}},
      {"arn:aws:s3:::ledger/*", {"s3:InitiateReplication"}},
      {"arn:aws:s3:::reports/*", {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"}}};
  cloud::BucketRow source;
  cloud::VersionRow version;
  cloud::JobRow job;
};

TEST_F(ServiceRolesTest, AnAccountWithoutRolesIsNotAsked) {
  EXPECT_EQ(replicated(version), "replicated");
  EXPECT_EQ(job_run(), "run");
  create_role("some-role", trust(of_account(cloud::bob)), cloud::bob);
  EXPECT_EQ(replicated(version), "replicated");
  create_role("some-role", trust(of_account(alice)));
  EXPECT_EQ(replicated(version), "AssumeRoleNotPermitted");
  EXPECT_EQ(job_run().substr(0, 22), "AssumeRoleNotPermitted");
}

// S3 itself asks: the keys of the version are there, those of a request are not.
TEST_F(ServiceRolesTest, ConditionsSeeTheVersion) {
  create_role("copier", trust(of_service("s3.amazonaws.com")));
  cloud::VersionRow secret = version, open = version;
  secret.tags = {{"class", "secret"}};
  open.tags = {{"class", "open"}};
  const auto deny = [&](const std::string& action, const std::string& condition) {
    put_policy("copier", rights_without("", copier_rights) +
                             R"(,{"Effect":"Deny","Resource":"*","Action":")" + action + R"(","Condition":)" +
                             condition + "}");
  };
  deny("s3:GetObjectVersionTagging", R"({"StringEquals":{"s3:ExistingObjectTag/class":"secret"}})");
  EXPECT_EQ(replicated(secret), "SrcGetTaggingNotPermitted");
  EXPECT_EQ(replicated(open), "replicated");
  deny("s3:*", R"({"StringNotEquals":{"s3:ResourceAccount":")" + alice.id + R"("}})");
  EXPECT_EQ(replicated(open), "replicated");
  deny("s3:ReplicateObject", R"({"Null":{"s3:authType":"true"}})");
  EXPECT_EQ(replicated(open), "DstPutObjectNotPermitted");
}

TEST_F(ServiceRolesTest, EveryRightOfTheReplicationRoleCounts) {
  create_role("copier", trust(of_service("lambda.amazonaws.com")));
  put_policy("copier", rights_without("", copier_rights));
  EXPECT_EQ(replicated(version), "AssumeRoleNotPermitted");
  query("iam", "UpdateAssumeRolePolicy",
        {{"RoleName", "copier"}, {"PolicyDocument", trust(of_service("s3.amazonaws.com"))}});
  cloud::VersionRow marker = version;
  marker.is_marker = true;
  cloud::VersionRow tagged = version;
  tagged.tags = {{"a", "b"}};
  for (const cloud::VersionRow& row : {version, marker, tagged}) EXPECT_EQ(replicated(row), "replicated");

  struct Row {
    std::string left_out, of_version, of_marker, of_tagged;
  };
  const std::string fine = "replicated";
  const std::vector<Row> rows = {
      {"s3:GetReplicationConfiguration", "SrcBucketReplicationConfigMissing",
       "SrcBucketReplicationConfigMissing", "SrcBucketReplicationConfigMissing"},
      {"s3:ListBucket", "SrcHeadObjectNotPermitted", "SrcHeadObjectNotPermitted",
       "SrcHeadObjectNotPermitted"},
      {"s3:GetObjectVersionForReplication", "SrcGetObjectNotPermitted", fine, "SrcGetObjectNotPermitted"},
      {"s3:GetObjectVersionAcl", "SrcGetAclNotPermitted", fine, "SrcGetAclNotPermitted"},
      {"s3:GetObjectVersionTagging", fine, fine, "SrcGetTaggingNotPermitted"},
      {"s3:ReplicateObject", "DstPutObjectNotPermitted", fine, "DstPutObjectNotPermitted"},
      {"s3:ReplicateDelete", fine, "DstDelObjNotPermitted", fine},
      {"s3:ReplicateTags", fine, fine, "DstPutTaggingNotPermitted"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.left_out);
    put_policy("copier", rights_without(row.left_out, copier_rights));
    EXPECT_EQ(replicated(version), row.of_version);
    EXPECT_NE(told(tagged).find("is not authorized to perform: " + row.left_out) != std::string::npos,
              replicated(tagged) == fine)
        << told(tagged);
    EXPECT_EQ(replicated(marker), row.of_marker);
    EXPECT_EQ(replicated(tagged), row.of_tagged);
  }
}

TEST_F(ServiceRolesTest, EveryRightOfTheBatchRoleCounts) {
  create_role("batch", trust(of_service("batchoperations.s3.amazonaws.com")));
  put_policy("batch", rights_without("", batch_rights));
  EXPECT_EQ(job_run(), "run");
  for (const auto& [resource, actions] : batch_rights) {
    for (const std::string& action : actions) {
      put_policy("batch", rights_without(action, batch_rights));
      EXPECT_NE(job_run().find("is not authorized to perform: " + action + " on resource: arn:aws:s3:::"),
                std::string::npos)
          << job_run();
    }
  }
  query("iam", "UpdateAssumeRolePolicy",
        {{"RoleName", "batch"}, {"PolicyDocument", trust(of_service("s3.amazonaws.com"))}});
  EXPECT_EQ(job_run().substr(0, 22), "AssumeRoleNotPermitted");
}

}  // namespace
}  // namespace s3dr::services
