#include "cloud/replication/service_roles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "cloud/door/authorizer.h"
#include "cloud/door/condition_keys.h"
#include "cloud/settings/access_in_force.h"
#include "cloud/store/owner_id.h"

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
  bool may(const Access& access) const { return decide(region_, asker_, access).allowed(); }

 private:
  RegionContext& region_;
  Asker asker_;
};

struct Step {
  Access access;
  std::string reason;  // if it is refused
};

// `subject`: the bucket or the version of an object. S3 itself asks, so no request brings values.
Step step(RegionContext& region, const std::string& action, const S3Subject& subject,
          const s3::AccountId& owner, std::string reason) {
  std::string resource =
      aws::bucket_arn("aws", subject.bucket) + (subject.key.empty() ? "" : "/" + subject.key);
  Step result{{action, std::move(resource)}, std::move(reason)};
  result.access.resource_account = owner.text();
  add_s3_keys(result.access.context, {region, nullptr, result.access.action, subject, owner.text()});
  return result;
}

// "SrcGetObjectNotPermitted: arn:… is not authorized to perform: s3:… on resource: arn:…"
std::optional<std::string> first_refused(const UnderRole& under, const std::string& role_arn,
                                         const std::vector<Step>& steps) {
  for (const Step& one : steps) {
    if (!under.may(one.access))
      return one.reason + ": " + role_arn + " is not authorized to perform: " + one.access.action +
             " on resource: " + one.access.resource;
  }
  return std::nullopt;
}

std::optional<aws::Policy> bucket_policy(RegionContext& region, const BucketRow& bucket) {
  auto row = region.database.reader().prepare("SELECT document FROM bucket_policy WHERE bucket = ?");
  row.bind(bucket.id);
  if (!row.step()) return std::nullopt;
  return aws::parse_policy(row.text(0), aws::PolicyUse::resource);
}

const s3::ReplicationRule* rule_for(const BucketRow& source, const std::string& destination) {
  if (!source.replication) return nullptr;
  const std::string arn = aws::bucket_arn("aws", destination);
  for (const s3::ReplicationRule& rule : source.replication->rules) {
    if (rule.destination.bucket_arn == arn) return &rule;
  }
  return nullptr;
}

bool hands_over_owner(const BucketRow& source, const std::string& destination) {
  const s3::ReplicationRule* rule = rule_for(source, destination);
  return rule != nullptr && !rule->destination.access_control_translation.empty();
}

// The rights that replicating one version needs on the source side (docs/protocol/iam.md). Rights for locks
// are not asked for: this cloud has no locks.
// S3 has no failure reason for ListBucket; the one for a refused head is nearest.
std::vector<Step> source_steps(RegionContext& region, const BucketRow& source, const VersionRow& version) {
  const s3::AccountId& owner = source.account;
  const S3Subject bucket{source.name.text()};
  S3Subject object{source.name.text(), version.key.bytes(), version.version_id.text()};
  object.tags = &version.tags;
  std::vector<Step> steps = {
      step(region, "s3:GetReplicationConfiguration", bucket, owner, "SrcBucketReplicationConfigMissing"),
      step(region, "s3:ListBucket", bucket, owner, "SrcHeadObjectNotPermitted"),
  };
  if (version.is_marker) return steps;
  steps.push_back(
      step(region, "s3:GetObjectVersionForReplication", object, owner, "SrcGetObjectNotPermitted"));
  steps.push_back(step(region, "s3:GetObjectVersionAcl", object, owner, "SrcGetAclNotPermitted"));
  if (!version.tags.empty())
    steps.push_back(step(region, "s3:GetObjectVersionTagging", object, owner, "SrcGetTaggingNotPermitted"));
  return steps;
}

// The rights that it needs on the replica's side.
std::vector<Step> replica_steps(RegionContext& region, const std::string& bucket, const s3::AccountId& owner,
                                const VersionRow& version, bool hands_over_owner) {
  S3Subject replica{bucket, version.key.bytes(), version.version_id.text()};
  replica.tags = &version.tags;
  if (version.is_marker) return {step(region, "s3:ReplicateDelete", replica, owner, "DstDelObjNotPermitted")};
  std::vector<Step> steps = {step(region, "s3:ReplicateObject", replica, owner, "DstPutObjectNotPermitted")};
  if (!version.tags.empty())
    steps.push_back(step(region, "s3:ReplicateTags", replica, owner, "DstPutTaggingNotPermitted"));
  if (hands_over_owner)
    steps.push_back(
        step(region, "s3:ObjectOwnerOverrideToBucketOwner", replica, owner, "DstPutAclNotPermitted"));
  return steps;
}

}  // namespace

std::optional<std::string> why_not_replicated(RegionContext& region, const BucketRow& source,
                                              const VersionRow& version, const std::string& destination,
                                              const s3::AccountId& destination_account) {
  if (!source.replication) return std::nullopt;
  // Another account may have taken the bucket's name since the rule was put.
  const s3::ReplicationRule* rule = rule_for(source, destination);
  if (rule != nullptr && rule->destination.account && *rule->destination.account != destination_account)
    return "DstPutObjectNotPermitted";
  if (!has_roles(region, source.account) && source.account == destination_account) return std::nullopt;
  const std::string& arn = source.replication->role_arn;
  const ActsFor acts_for{aws::bucket_arn("aws", source.name.text()), source.account.text()};
  const auto role = region.global.roles().find_by_arn(arn);
  if (!role || why_not_assumable(region, "s3.amazonaws.com", arn, acts_for)) return "AssumeRoleNotPermitted";
  std::vector<Step> steps = source_steps(region, source, version);
  const auto policy = bucket_policy(region, source);
  for (Step& one : steps) one.access.resource_policy = policy;
  for (Step& one : replica_steps(region, destination, destination_account, version,
                                 hands_over_owner(source, destination))) {
    one.access.identity_only = true;  // the destination asks the rest
    steps.push_back(std::move(one));
  }
  return first_refused(UnderRole(region, *role, "s3-replication"), role->arn(), steps);
}

ReplicaSender replica_sender(RegionContext& region, const BucketRow& source, const std::string& destination) {
  ReplicaSender sender;
  sender.account = source.account;
  if (source.replication && has_roles(region, source.account)) sender.role_arn = source.replication->role_arn;
  sender.hands_over_owner = hands_over_owner(source, destination);
  return sender;
}

std::optional<std::string> why_not_taken(RegionContext& region, const BucketRow& bucket,
                                         const VersionRow& version, const ReplicaSender& sender) {
  if (sender.role_arn.empty()) {
    if (sender.account == bucket.account) return std::nullopt;
    return "DstPutObjectNotPermitted";
  }
  const auto role = region.global.roles().find_by_arn(sender.role_arn);
  if (!role || role->account != sender.account) return "AssumeRoleNotPermitted";
  std::vector<Step> steps =
      replica_steps(region, bucket.name.text(), bucket.account, version, sender.hands_over_owner);
  auto policy = bucket_policy(region, bucket);
  if (sender.account != bucket.account)
    policy =
        policy_for_strangers(region.database.reader(), bucket.id, aws::bucket_arn("aws", bucket.name.text()),
                             owner_id(bucket.account), {owner_id(sender.account), false}, std::move(policy));
  for (Step& one : steps) one.access.resource_policy = policy;
  return first_refused(UnderRole(region, *role, "s3-replication"), role->arn(), steps);
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

  const auto refusal = [&](const std::string& reason, const std::string& action, const S3Subject& subject) {
    return step(region, action, subject, account, reason);
  };
  const S3Subject bucket{job.bucket_name};
  std::vector<Step> steps = {
      refusal("ManifestGenerationFailed", "s3:GetReplicationConfiguration", bucket),
      refusal("ManifestGenerationFailed", "s3:PutInventoryConfiguration", bucket),
      refusal("InitiateReplicationNotPermitted", "s3:InitiateReplication", {job.bucket_name, "*"}),
  };
  if (!job.request.report_bucket.empty()) {
    const std::string& reports = job.request.report_bucket.text();
    const auto in_folder = [&](const std::string& prefix, const std::string& file) {
      return S3Subject{reports, (prefix.empty() ? "" : prefix + "/") + "job-" + job.id + "/" + file};
    };
    if (!job.request.omits_manifest) {
      const S3Subject manifest = in_folder(job.request.manifest_prefix, "manifest.csv");
      steps.push_back(refusal("ManifestGenerationFailed", "s3:PutObject", manifest));
      steps.push_back(refusal("ManifestNotReadable", "s3:GetObject", manifest));
      steps.push_back(refusal("ManifestNotReadable", "s3:GetObjectVersion", manifest));
    }
    steps.push_back(
        refusal("ReportNotWritable", "s3:PutObject", in_folder(job.request.report_prefix, "manifest.json")));
  }
  return first_refused(UnderRole(region, *role, "s3-batch-operations"), arn, steps);
}

}  // namespace s3dr::cloud
