#include "cloud/service_roles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "cloud/authorizer.h"

namespace s3dr::cloud {
namespace {

bool has_roles(RegionContext& region, const s3::AccountId& account) {
  return !region.global.roles().list(account, "/", "", 1).empty();
}

// A service at work under a role.
class UnderRole {
 public:
  UnderRole(RegionContext& region, const Role& role, const std::string& session) : region_(region) {
    asker_.caller.account = role.account;
    asker_.caller.arn = "arn:aws:sts::" + role.account.text() + ":assumed-role/" + role.name + "/" + session;
    asker_.caller.user_id = role.id + ":" + session;
    asker_.caller.role_name = role.name;
    asker_.caller.role_id = role.id;
    asker_.tls = true;  // between services
  }
  bool may(const std::string& action, const std::string& resource, const std::string& owner) const {
    Access access{action, resource};
    access.resource_account = owner;
    return decide(region_, asker_, access).allowed();
  }

 private:
  RegionContext& region_;
  Asker asker_;
};

struct Step {
  std::string action, resource, owner, reason;
};

// "SrcGetObjectNotPermitted: arn:… is not authorized to perform: s3:… on resource: arn:…"
std::optional<std::string> first_refused(const UnderRole& under, const std::string& role_arn,
                                         const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (!under.may(step.action, step.resource, step.owner))
      return step.reason + ": " + role_arn + " is not authorized to perform: " + step.action +
             " on resource: " + step.resource;
  }
  return std::nullopt;
}

const s3::ReplicationRule* rule_for(const BucketRow& source, const std::string& destination) {
  const std::string arn = aws::bucket_arn("aws", destination);
  for (const s3::ReplicationRule& rule : source.replication->rules) {
    if (rule.destination.bucket_arn == arn) return &rule;
  }
  return nullptr;
}

// What replicating one version takes (docs/protocol.md, Roles of replication). Rights for locks are not asked
// for: there are no locks here. S3 names no reason for ListBucket; a head that is refused comes nearest.
std::vector<Step> steps_of(const BucketRow& source, const VersionRow& version, const std::string& destination,
                           const std::string& destination_owner) {
  const std::string owner = source.account.text();
  const std::string bucket = aws::bucket_arn("aws", source.name.text());
  const std::string object = bucket + "/" + version.key.bytes();
  const std::string replica = aws::bucket_arn("aws", destination) + "/" + version.key.bytes();
  std::vector<Step> steps = {
      {"s3:GetReplicationConfiguration", bucket, owner, "SrcBucketReplicationConfigMissing"},
      {"s3:ListBucket", bucket, owner, "SrcHeadObjectNotPermitted"},
  };
  if (version.is_marker) {
    steps.push_back({"s3:ReplicateDelete", replica, destination_owner, "DstDelObjNotPermitted"});
    return steps;
  }
  steps.push_back({"s3:GetObjectVersionForReplication", object, owner, "SrcGetObjectNotPermitted"});
  steps.push_back({"s3:GetObjectVersionAcl", object, owner, "SrcGetAclNotPermitted"});
  if (!version.tags.empty())
    steps.push_back({"s3:GetObjectVersionTagging", object, owner, "SrcGetTaggingNotPermitted"});
  steps.push_back({"s3:ReplicateObject", replica, destination_owner, "DstPutObjectNotPermitted"});
  if (!version.tags.empty())
    steps.push_back({"s3:ReplicateTags", replica, destination_owner, "DstPutTaggingNotPermitted"});
  const s3::ReplicationRule* rule = rule_for(source, destination);
  if (rule != nullptr && !rule->destination.access_control_translation.empty())
    steps.push_back(
        {"s3:ObjectOwnerOverrideToBucketOwner", replica, destination_owner, "DstPutAclNotPermitted"});
  return steps;
}

}  // namespace

std::optional<std::string> why_not_replicated(RegionContext& region, const BucketRow& source,
                                              const VersionRow& version, const std::string& destination,
                                              const s3::AccountId& destination_account) {
  if (!source.replication || !has_roles(region, source.account)) return std::nullopt;
  const std::string& arn = source.replication->role_arn;
  const ActsFor acts_for{aws::bucket_arn("aws", source.name.text()), source.account.text()};
  const auto role = region.global.roles().find_by_arn(arn);
  if (!role || why_not_assumable(region, "s3.amazonaws.com", arn, acts_for)) return "AssumeRoleNotPermitted";
  return first_refused(UnderRole(region, *role, "s3-replication"), arn,
                       steps_of(source, version, destination, destination_account.text()));
}

std::optional<std::string> why_job_not_run(RegionContext& region, const JobRow& job) {
  const s3::AccountId account = s3::AccountId::parse(job.account);
  if (!has_roles(region, account)) return std::nullopt;
  const std::string& arn = job.request.role_arn;
  const auto role = region.global.roles().find_by_arn(arn);
  const ActsFor acts_for{"arn:aws:s3:" + region.options.region.text() + ":" + job.account + ":job/" + job.id,
                         job.account};
  if (const auto why = why_not_assumable(region, "batchoperations.s3.amazonaws.com", arn, acts_for))
    return "AssumeRoleNotPermitted: " + *why;
  if (!role) return "AssumeRoleNotPermitted: there is no role " + arn;

  const std::string bucket = aws::bucket_arn("aws", job.bucket_name);
  const auto refusal = [&](const std::string& reason, const std::string& action,
                           const std::string& resource) {
    return Step{action, resource, job.account, reason};
  };
  std::vector<Step> steps = {
      refusal("ManifestGenerationFailed", "s3:GetReplicationConfiguration", bucket),
      refusal("ManifestGenerationFailed", "s3:PutInventoryConfiguration", bucket),
      refusal("InitiateReplicationNotPermitted", "s3:InitiateReplication", bucket + "/*"),
  };
  if (!job.request.report_bucket.empty()) {
    const std::string reports = aws::bucket_arn("aws", job.request.report_bucket.text()) + "/";
    const auto folder = [&](const std::string& prefix) {
      return reports + (prefix.empty() ? "" : prefix + "/") + "job-" + job.id + "/";
    };
    const std::string manifest = folder(job.request.manifest_prefix) + "manifest.csv";
    steps.push_back(refusal("ManifestGenerationFailed", "s3:PutObject", manifest));
    steps.push_back(refusal("ManifestNotReadable", "s3:GetObject", manifest));
    steps.push_back(refusal("ManifestNotReadable", "s3:GetObjectVersion", manifest));
    steps.push_back(
        refusal("ReportNotWritable", "s3:PutObject", folder(job.request.report_prefix) + "results.csv"));
  }
  return first_refused(UnderRole(region, *role, "s3-batch-operations"), arn, steps);
}

}  // namespace s3dr::cloud
