#include "cloud/door/s3_access.h"

#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "base/http_message.h"
#include "cloud/door/control_request.h"
#include "cloud/settings/access_in_force.h"
#include "cloud/store/owner_id.h"

namespace s3dr::cloud {
namespace {

enum class On { bucket, object };

struct Rule {
  std::string_view operation;
  On on;
  std::string_view action;
  std::string_view with_version = "";  // where versionId names one; empty: the same
};

using enum On;
constexpr Rule rules[] = {
    {"CreateBucket", bucket, "s3:CreateBucket"},
    {"HeadBucket", bucket, "s3:ListBucket"},
    {"DeleteBucket", bucket, "s3:DeleteBucket"},
    {"GetBucketLocation", bucket, "s3:GetBucketLocation"},
    {"GetBucketVersioning", bucket, "s3:GetBucketVersioning"},
    {"PutBucketVersioning", bucket, "s3:PutBucketVersioning"},
    {"GetBucketTagging", bucket, "s3:GetBucketTagging"},
    {"PutBucketTagging", bucket, "s3:PutBucketTagging"},
    {"DeleteBucketTagging", bucket, "s3:PutBucketTagging"},
    {"GetBucketReplication", bucket, "s3:GetReplicationConfiguration"},
    {"PutBucketReplication", bucket, "s3:PutReplicationConfiguration"},
    {"DeleteBucketReplication", bucket, "s3:PutReplicationConfiguration"},
    {"GetBucketPolicy", bucket, "s3:GetBucketPolicy"},
    {"PutBucketPolicy", bucket, "s3:PutBucketPolicy"},
    {"DeleteBucketPolicy", bucket, "s3:DeleteBucketPolicy"},
    {"GetBucketLifecycleConfiguration", bucket, "s3:GetLifecycleConfiguration"},
    {"PutBucketLifecycleConfiguration", bucket, "s3:PutLifecycleConfiguration"},
    {"DeleteBucketLifecycle", bucket, "s3:PutLifecycleConfiguration"},
    {"GetBucketAcl", bucket, "s3:GetBucketAcl"},
    {"GetBucketOwnershipControls", bucket, "s3:GetBucketOwnershipControls"},
    {"GetBucketRequestPayment", bucket, "s3:GetBucketRequestPayment"},
    {"GetBucketAccelerateConfiguration", bucket, "s3:GetAccelerateConfiguration"},
    {"GetPublicAccessBlock", bucket, "s3:GetBucketPublicAccessBlock"},
    {"GetBucketEncryption", bucket, "s3:GetEncryptionConfiguration"},
    {"GetObjectLockConfiguration", bucket, "s3:GetBucketObjectLockConfiguration"},
    {"ListBucketInventoryConfigurations", bucket, "s3:GetInventoryConfiguration"},
    {"ListBucketAnalyticsConfigurations", bucket, "s3:GetAnalyticsConfiguration"},
    {"ListBucketIntelligentTieringConfigurations", bucket, "s3:GetIntelligentTieringConfiguration"},
    {"ListBucketMetricsConfigurations", bucket, "s3:GetMetricsConfiguration"},
    {"GetBucketPolicyStatus", bucket, "s3:GetBucketPolicyStatus"},
    {"GetBucketAbac", bucket, "s3:GetBucketAbac"},
    {"GetBucketCors", bucket, "s3:GetBucketCORS"},
    {"GetBucketLogging", bucket, "s3:GetBucketLogging"},
    {"GetBucketNotificationConfiguration", bucket, "s3:GetBucketNotification"},
    {"GetBucketWebsite", bucket, "s3:GetBucketWebsite"},
    {"PutBucketAcl", bucket, "s3:PutBucketAcl"},
    {"PutBucketOwnershipControls", bucket, "s3:PutBucketOwnershipControls"},
    {"DeleteBucketOwnershipControls", bucket, "s3:PutBucketOwnershipControls"},
    {"PutBucketRequestPayment", bucket, "s3:PutBucketRequestPayment"},
    {"PutBucketAccelerateConfiguration", bucket, "s3:PutAccelerateConfiguration"},
    {"PutPublicAccessBlock", bucket, "s3:PutBucketPublicAccessBlock"},
    {"DeletePublicAccessBlock", bucket, "s3:PutBucketPublicAccessBlock"},
    {"PutBucketEncryption", bucket, "s3:PutEncryptionConfiguration"},
    {"DeleteBucketEncryption", bucket, "s3:PutEncryptionConfiguration"},
    {"PutObjectLockConfiguration", bucket, "s3:PutBucketObjectLockConfiguration"},
    {"PutBucketInventoryConfiguration", bucket, "s3:PutInventoryConfiguration"},
    {"DeleteBucketInventoryConfiguration", bucket, "s3:PutInventoryConfiguration"},
    {"PutBucketAnalyticsConfiguration", bucket, "s3:PutAnalyticsConfiguration"},
    {"DeleteBucketAnalyticsConfiguration", bucket, "s3:PutAnalyticsConfiguration"},
    {"PutBucketIntelligentTieringConfiguration", bucket, "s3:PutIntelligentTieringConfiguration"},
    {"DeleteBucketIntelligentTieringConfiguration", bucket, "s3:PutIntelligentTieringConfiguration"},
    {"PutBucketMetricsConfiguration", bucket, "s3:PutMetricsConfiguration"},
    {"DeleteBucketMetricsConfiguration", bucket, "s3:PutMetricsConfiguration"},
    {"PutBucketAbac", bucket, "s3:PutBucketAbac"},
    {"PutBucketCors", bucket, "s3:PutBucketCORS"},
    {"DeleteBucketCors", bucket, "s3:PutBucketCORS"},
    {"PutBucketLogging", bucket, "s3:PutBucketLogging"},
    {"PutBucketNotificationConfiguration", bucket, "s3:PutBucketNotification"},
    {"PutBucketWebsite", bucket, "s3:PutBucketWebsite"},
    {"DeleteBucketWebsite", bucket, "s3:DeleteBucketWebsite"},
    {"ListObjects", bucket, "s3:ListBucket"},
    {"ListObjectsV2", bucket, "s3:ListBucket"},
    {"ListObjectVersions", bucket, "s3:ListBucketVersions"},
    {"ListMultipartUploads", bucket, "s3:ListBucketMultipartUploads"},
    {"PutObject", object, "s3:PutObject"},
    {"CopyObject", object, "s3:PutObject"},
    {"GetObject", object, "s3:GetObject", "s3:GetObjectVersion"},
    {"HeadObject", object, "s3:GetObject", "s3:GetObjectVersion"},
    {"GetObjectAttributes", object, "s3:GetObject", "s3:GetObjectVersion"},
    {"GetObjectAttributes", object, "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"},
    {"DeleteObject", object, "s3:DeleteObject", "s3:DeleteObjectVersion"},
    {"GetObjectTagging", object, "s3:GetObjectTagging", "s3:GetObjectVersionTagging"},
    {"PutObjectTagging", object, "s3:PutObjectTagging", "s3:PutObjectVersionTagging"},
    {"DeleteObjectTagging", object, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"},
    {"CreateMultipartUpload", object, "s3:PutObject"},
    {"UploadPart", object, "s3:PutObject"},
    {"UploadPartCopy", object, "s3:PutObject"},
    {"CompleteMultipartUpload", object, "s3:PutObject"},
    {"AbortMultipartUpload", object, "s3:AbortMultipartUpload"},
    {"ListParts", object, "s3:ListMultipartUploadParts"},
};

struct Owner {
  std::int64_t bucket = 0;
  std::string account;
  std::optional<std::string> policy;
};

std::optional<Owner> owner_of(RegionContext& region, const std::string& bucket) {
  auto row = region.database.reader().prepare(
      "SELECT bucket.id, bucket.account, bucket_policy.document FROM bucket LEFT JOIN bucket_policy ON "
      "bucket_policy.bucket = bucket.id WHERE bucket.name = ?");
  row.bind(bucket);
  if (!row.step()) return std::nullopt;
  Owner owner{row.integer(0), row.text(1), std::nullopt};
  if (!row.is_null(2)) owner.policy = row.text(2);
  return owner;
}

bool is_elsewhere(RegionContext& region, const std::string& bucket) {
  if (s3::BucketName::why_impossible(bucket)) return false;
  if (owner_of(region, bucket)) return false;
  const auto owner = region.global.find_bucket(s3::BucketName::parse(bucket));
  return owner && owner->region != region.options.region;
}

bool is_anonymous(const Request& request) {
  return request.caller.arn.empty();
}

Stranger stranger(const Request& request) {
  return {is_anonymous(request) ? "" : owner_id(request.account),
          request.headers.get_or("x-amz-request-payer", "") == "requester"};
}

bool is_owners_root(const Request& request, const Access& access) {
  return !is_anonymous(request) && request.caller.role_name.empty() &&
         (access.resource_account.empty() || access.resource_account == request.account.text());
}

// Whoever may do everything is asked for nothing: what is not asked is not looked up.
void add_keys(Access& access, RegionContext& region, const Request& request, const S3Subject& subject) {
  if (is_owners_root(request, access) && !access.resource_policy) return;
  add_s3_keys(access.context, {region, &request, access.action, subject, access.resource_account});
}

bool has_grants(const Headers& headers) {
  return std::ranges::any_of(
      headers, [](const Header& field) { return lower_case(field.name).starts_with("x-amz-grant-"); });
}

// S3 Control: the path says what is addressed.
std::vector<Access> control_access(RegionContext& region, const Route& route, const Request& request) {
  const std::string path = control_path(request);
  const std::string action = "s3:" + std::string(route.name);
  constexpr std::string_view tags = "tags/", jobs = "jobs/";
  if (path.starts_with(tags)) {
    const std::string arn = path.substr(tags.size());
    const auto name = aws::bucket_of_arn(arn);
    if (!name || is_elsewhere(region, *name)) return {};  // the operation refuses it
    return {bucket_access(region, request, action, {*name})};
  }
  Access access{action, "*"};
  if (path.starts_with(jobs))
    access.resource = "arn:aws:s3:" + region.options.region.text() + ":" + request.account.text() + ":job/" +
                      path.substr(jobs.size());
  access.resource_account = request.account.text();
  add_keys(access, region, request, {});
  return {access};
}

}  // namespace

Access bucket_access(RegionContext& region, const Request& request, std::string_view action,
                     const S3Subject& subject) {
  Access access{std::string(action),
                aws::bucket_arn("aws", subject.bucket) + (subject.key.empty() ? "" : "/" + subject.key)};
  // A bucket that does not exist counts as the caller's own. So a caller with the right to read it learns
  // that it does not exist.
  access.resource_account = request.account.text();
  if (auto owner = owner_of(region, subject.bucket)) {
    access.resource_account = std::move(owner->account);
    if (owner->policy) access.resource_policy = aws::parse_policy(*owner->policy, aws::PolicyUse::resource);
    if (is_anonymous(request) || access.resource_account != request.account.text()) {
      access.resource_policy = policy_for_strangers(region.database.reader(), owner->bucket,
                                                    aws::bucket_arn("aws", subject.bucket),
                                                    owner_id(s3::AccountId::parse(access.resource_account)),
                                                    stranger(request), std::move(access.resource_policy));
    }
  }
  add_keys(access, region, request, subject);
  return access;
}

Access new_bucket_access(RegionContext& region, const Request& request, std::string_view action,
                         const std::string& bucket) {
  Access access{std::string(action), aws::bucket_arn("aws", bucket)};
  access.resource_account = request.account.text();
  add_keys(access, region, request, {bucket});
  return access;
}

std::vector<Access> needed_access(RegionContext& region, const Route& route, const Request& request) {
  if (route.target == Target::control) return control_access(region, route, request);
  if (route.target == Target::service) {
    Access access{"s3:ListAllMyBuckets", "arn:aws:s3:::*"};
    access.resource_account = request.account.text();
    add_keys(access, region, request, {});
    return {access};
  }
  const std::string& bucket = request.bucket_text;
  if (route.name == "CreateBucket") {
    std::vector<Access> result = {new_bucket_access(region, request, "s3:CreateBucket", bucket)};
    const auto also = [&](std::string_view action) {
      result.push_back(new_bucket_access(region, request, action, bucket));
    };
    if (request.headers.has("x-amz-object-ownership")) also("s3:PutBucketOwnershipControls");
    if (request.headers.get_or("x-amz-acl", "private") != "private" || has_grants(request.headers))
      also("s3:PutBucketAcl");
    if (equals_ignoring_case(request.headers.get_or("x-amz-bucket-object-lock-enabled", ""), "true")) {
      also("s3:PutBucketObjectLockConfiguration");
      also("s3:PutBucketVersioning");
    }
    return result;
  }
  if (is_elsewhere(region, bucket)) return {};
  S3Subject of_object{bucket, request.key.bytes()};
  if (const std::string* version = request.find("versionId")) of_object.version_id = *version;
  std::vector<Access> result;
  for (const Rule& rule : rules) {
    if (rule.operation != route.name) continue;
    const bool versioned = !of_object.version_id.empty() && !rule.with_version.empty();
    result.push_back(bucket_access(region, request, versioned ? rule.with_version : rule.action,
                                   rule.on == On::object ? of_object : S3Subject{bucket}));
  }
  const bool writes =
      route.name == "PutObject" || route.name == "CopyObject" || route.name == "CreateMultipartUpload";
  if (writes && request.headers.has("x-amz-tagging"))
    result.push_back(bucket_access(region, request, "s3:PutObjectTagging", of_object));
  return result;
}

void authorize(RegionContext& region, const Route& route, Request& request) {
  // Only the policy of a bucket that is here can let a stranger in. Where a bucket is, a stranger is not told.
  if (is_anonymous(request) && (route.target == Target::service || route.target == Target::control ||
                                !owner_of(region, request.bucket_text)))
    throw refuse("AccessDenied", "Access Denied").with_region(region.options.region.text());
  for (const Access& access : needed_access(region, route, request)) {
    // A policy cannot forbid the bucket's owner to read or change the policy itself.
    const bool about_policy = access.action == "s3:GetBucketPolicy" ||
                              access.action == "s3:PutBucketPolicy" ||
                              access.action == "s3:DeleteBucketPolicy";
    if (about_policy && is_owners_root(request, access)) continue;
    if (auto refused = why_refused(region, request, access)) throw std::move(*refused);
  }
  request.admitted = true;
}

std::optional<Error> why_refused(RegionContext& region, const Request& request, const Access& access) {
  if (is_owners_root(request, access) && !access.resource_policy) return std::nullopt;
  const Asker asker = asker_of(request);
  const aws::Decision decision = decide(region, asker, access);
  if (decision.allowed()) return std::nullopt;
  if (is_anonymous(request)) return refuse("AccessDenied", "Access Denied");
  return refuse("AccessDenied", denial(asker, access, decision)).with_region(region.options.region.text());
}

Error absence(RegionContext& region, const Request& request, Error not_there) {
  S3Subject bucket{request.bucket_text};
  bucket.prefix = request.key.bytes();
  const Access list = bucket_access(region, request, "s3:ListBucket", bucket);
  return why_refused(region, request, list).value_or(std::move(not_there));
}

}  // namespace s3dr::cloud
