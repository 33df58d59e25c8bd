#include "cloud/process/router.h"

#include <algorithm>
#include <array>

#include "cloud/buckets/operations.h"
#include "cloud/door/control_request.h"
#include "cloud/objects/operations.h"
#include "cloud/replication/operations.h"

namespace s3dr::cloud {
namespace {

using enum Target;
using enum BodyUse;

constexpr std::string_view listing = "prefix delimiter marker max-keys encoding-type";
constexpr std::string_view one_of_many = "id continuation-token";
constexpr std::string_view reading =
    "versionId partNumber response-cache-control response-content-disposition response-content-encoding "
    "response-content-language response-content-type response-expires";

constexpr Route table[] = {
    // target, method, subresource, operation, name, body, further parameters, event
    {service, "GET", "", list_buckets, "ListBuckets", none,
     "prefix max-buckets continuation-token bucket-region"},

    {bucket, "PUT", "", create_bucket, "CreateBucket", read, "", true, true},
    {bucket, "HEAD", "", head_bucket, "HeadBucket"},
    {bucket, "DELETE", "", delete_bucket, "DeleteBucket", none, "", true},
    {bucket, "GET", "location", get_bucket_location, "GetBucketLocation"},
    {bucket, "GET", "versioning", get_bucket_versioning, "GetBucketVersioning"},
    {bucket, "PUT", "versioning", put_bucket_versioning, "PutBucketVersioning", read, "", true},
    {bucket, "GET", "tagging", get_bucket_tagging, "GetBucketTagging"},
    {bucket, "PUT", "tagging", put_bucket_tagging, "PutBucketTagging", read, "", true},
    {bucket, "DELETE", "tagging", delete_bucket_tagging, "DeleteBucketTagging", none, "", true},
    {bucket, "GET", "replication", get_bucket_replication, "GetBucketReplication"},
    {bucket, "PUT", "replication", put_bucket_replication, "PutBucketReplication", read, "", true},
    {bucket, "DELETE", "replication", delete_bucket_replication, "DeleteBucketReplication", none, "", true},
    {bucket, "GET", "policy", get_bucket_policy, "GetBucketPolicy"},
    {bucket, "PUT", "policy", put_bucket_policy, "PutBucketPolicy", read, "", true},
    {bucket, "DELETE", "policy", delete_bucket_policy, "DeleteBucketPolicy", none, "", true},
    {bucket, "GET", "lifecycle", get_bucket_lifecycle, "GetBucketLifecycleConfiguration"},
    {bucket, "PUT", "lifecycle", put_bucket_lifecycle, "PutBucketLifecycleConfiguration", read, "", true},
    {bucket, "DELETE", "lifecycle", delete_bucket_lifecycle, "DeleteBucketLifecycle", none, "", true},
    {bucket, "GET", "acl", get_bucket_acl, "GetBucketAcl"},
    {bucket, "PUT", "acl", put_bucket_acl, "PutBucketAcl", read, "", true},
    {bucket, "GET", "policyStatus", get_bucket_policy_status, "GetBucketPolicyStatus"},
    {bucket, "GET", "abac", get_bucket_setting, "GetBucketAbac"},
    {bucket, "PUT", "abac", put_bucket_setting, "PutBucketAbac", read, "", true},
    {bucket, "GET", "accelerate", get_bucket_setting, "GetBucketAccelerateConfiguration"},
    {bucket, "PUT", "accelerate", put_bucket_setting, "PutBucketAccelerateConfiguration", read, "", true,
     false, "PutAccelerateConfiguration"},
    {bucket, "GET", "analytics", get_bucket_setting, "ListBucketAnalyticsConfigurations", none, one_of_many},
    {bucket, "PUT", "analytics", put_bucket_setting, "PutBucketAnalyticsConfiguration", read, "id", true},
    {bucket, "DELETE", "analytics", delete_bucket_setting, "DeleteBucketAnalyticsConfiguration", none, "id",
     true},
    {bucket, "GET", "cors", get_bucket_setting, "GetBucketCors"},
    {bucket, "PUT", "cors", put_bucket_setting, "PutBucketCors", read, "", true},
    {bucket, "DELETE", "cors", delete_bucket_setting, "DeleteBucketCors", none, "", true},
    {bucket, "GET", "encryption", get_bucket_setting, "GetBucketEncryption"},
    {bucket, "PUT", "encryption", put_bucket_setting, "PutBucketEncryption", read, "", true},
    {bucket, "DELETE", "encryption", delete_bucket_setting, "DeleteBucketEncryption", none, "", true},
    {bucket, "GET", "intelligent-tiering", get_bucket_setting, "ListBucketIntelligentTieringConfigurations",
     none, one_of_many},
    {bucket, "PUT", "intelligent-tiering", put_bucket_setting, "PutBucketIntelligentTieringConfiguration",
     read, "id", true},
    {bucket, "DELETE", "intelligent-tiering", delete_bucket_setting,
     "DeleteBucketIntelligentTieringConfiguration", none, "id", true},
    {bucket, "GET", "inventory", get_bucket_setting, "ListBucketInventoryConfigurations", none, one_of_many},
    {bucket, "PUT", "inventory", put_bucket_setting, "PutBucketInventoryConfiguration", read, "id", true,
     true},
    {bucket, "DELETE", "inventory", delete_bucket_setting, "DeleteBucketInventoryConfiguration", none, "id",
     true},
    {bucket, "GET", "logging", get_bucket_setting, "GetBucketLogging"},
    {bucket, "PUT", "logging", put_bucket_setting, "PutBucketLogging", read, "", true},
    {bucket, "GET", "metrics", get_bucket_setting, "ListBucketMetricsConfigurations", none, one_of_many},
    {bucket, "PUT", "metrics", put_bucket_setting, "PutBucketMetricsConfiguration", read, "id", true},
    {bucket, "DELETE", "metrics", delete_bucket_setting, "DeleteBucketMetricsConfiguration", none, "id",
     true},
    {bucket, "GET", "notification", get_bucket_setting, "GetBucketNotificationConfiguration"},
    {bucket, "PUT", "notification", put_bucket_setting, "PutBucketNotificationConfiguration", read, "", true,
     false, "PutBucketNotification"},
    {bucket, "GET", "object-lock", get_bucket_setting, "GetObjectLockConfiguration"},
    {bucket, "PUT", "object-lock", put_bucket_setting, "PutObjectLockConfiguration", read, "", true, false,
     "PutBucketObjectLockConfiguration"},
    {bucket, "GET", "ownershipControls", get_bucket_setting, "GetBucketOwnershipControls"},
    {bucket, "PUT", "ownershipControls", put_bucket_setting, "PutBucketOwnershipControls", read, "", true},
    {bucket, "DELETE", "ownershipControls", delete_bucket_setting, "DeleteBucketOwnershipControls", none, "",
     true},
    {bucket, "GET", "publicAccessBlock", get_bucket_setting, "GetPublicAccessBlock"},
    {bucket, "PUT", "publicAccessBlock", put_bucket_setting, "PutPublicAccessBlock", read, "", true, false,
     "PutBucketPublicAccessBlock"},
    {bucket, "DELETE", "publicAccessBlock", delete_bucket_setting, "DeletePublicAccessBlock", none, "", true,
     false, "DeleteBucketPublicAccessBlock"},
    {bucket, "GET", "requestPayment", get_bucket_setting, "GetBucketRequestPayment"},
    {bucket, "PUT", "requestPayment", put_bucket_setting, "PutBucketRequestPayment", read, "", true},
    {bucket, "GET", "website", get_bucket_setting, "GetBucketWebsite"},
    {bucket, "PUT", "website", put_bucket_setting, "PutBucketWebsite", read, "", true},
    {bucket, "DELETE", "website", delete_bucket_setting, "DeleteBucketWebsite", none, "", true},
    {bucket, "GET", "", list_objects_v1, "ListObjects", none, listing},
    {bucket, "GET", "list-type", list_objects_v2, "ListObjectsV2", none,
     "prefix delimiter max-keys encoding-type continuation-token start-after fetch-owner"},
    {bucket, "GET", "versions", list_object_versions, "ListObjectVersions", none,
     "prefix delimiter max-keys encoding-type key-marker version-id-marker"},
    {bucket, "GET", "uploads", list_multipart_uploads, "ListMultipartUploads", none,
     "prefix delimiter max-uploads encoding-type key-marker upload-id-marker"},
    {bucket, "POST", "delete", delete_objects, "DeleteObjects", read},

    {object, "PUT", "", put_object, "PutObject", read},
    {object, "GET", "", get_object, "GetObject", none, reading},
    {object, "HEAD", "", head_object, "HeadObject", none, reading},
    {object, "DELETE", "", delete_object, "DeleteObject", none, "versionId"},
    {object, "GET", "attributes", get_object_attributes, "GetObjectAttributes", none, "versionId"},
    {object, "GET", "tagging", get_object_tagging, "GetObjectTagging", none, "versionId"},
    {object, "PUT", "tagging", put_object_tagging, "PutObjectTagging", read, "versionId", false, true},
    {object, "DELETE", "tagging", delete_object_tagging, "DeleteObjectTagging", none, "versionId"},
    {object, "POST", "uploads", create_multipart_upload, "CreateMultipartUpload"},
    {object, "PUT", "uploadId", upload_part, "UploadPart", read, "partNumber"},
    {object, "POST", "uploadId", complete_multipart_upload, "CompleteMultipartUpload", read},
    {object, "DELETE", "uploadId", abort_multipart_upload, "AbortMultipartUpload"},
    {object, "GET", "uploadId", list_parts, "ListParts", none, "max-parts part-number-marker encoding-type"},
};

// PUT with x-amz-copy-source.
constexpr Route copy_route = {object, "PUT", "", copy_object, "CopyObject"};
constexpr Route copy_part_route = {object,           "PUT", "uploadId",  upload_part_copy,
                                   "UploadPartCopy", none,  "partNumber"};

// A browser asks whether a page may send a request. It signs nothing, and its parameters are those of that request.
constexpr Route preflight_route = {object, "OPTIONS", "", answer_preflight, "OPTIONS"};

// Paths below /v20180820/.
constexpr Route control_routes[] = {
    {control, "POST", "", control_tags, "TagResource", read, "", true, true},
    {control, "DELETE", "", control_tags, "UntagResource", none, "tagKeys", true},
    {control, "GET", "", control_tags, "ListTagsForResource"},
    {control, "POST", "", create_job, "CreateJob", read, "", false, true},
    {control, "GET", "", list_jobs, "ListJobs", none, "jobStatuses maxResults nextToken"},
    {control, "GET", "", describe_job, "DescribeJob"},
};

// What S3 has and this cloud does not have, or only for a bucket and not for an object.
constexpr std::string_view not_there[] = {"abac",
                                          "accelerate",
                                          "acl",
                                          "analytics",
                                          "annotation",
                                          "cors",
                                          "encryption",
                                          "intelligent-tiering",
                                          "inventory",
                                          "legal-hold",
                                          "logging",
                                          "metadataConfiguration",
                                          "metadataInventoryTable",
                                          "metadataJournalTable",
                                          "metadataTable",
                                          "metrics",
                                          "notification",
                                          "object-lock",
                                          "ownershipControls",
                                          "policyStatus",
                                          "publicAccessBlock",
                                          "renameObject",
                                          "requestPayment",
                                          "restore",
                                          "retention",
                                          "select",
                                          "session",
                                          "torrent",
                                          "website"};

constexpr std::string_view methods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};

bool contains_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

Target target_of(const Request& request) {
  if (!request.bucket_text.empty()) return request.key.empty() ? bucket : object;
  return request.key.empty() ? service : control;
}

bool selects(std::string_view name) {
  return std::ranges::any_of(table, [&](const Route& route) { return route.subresource == name; });
}

bool is_of_bucket(const Request& request, std::string_view name) {
  return target_of(request) == bucket && selects(name);
}

// The one query parameter that says which operation is meant.
std::string_view subresource_of(const Request& request) {
  std::string_view found;
  for (const aws::QueryParameter& parameter : request.query) {
    if (std::ranges::find(not_there, parameter.name) != std::end(not_there) &&
        !is_of_bucket(request, parameter.name)) {
      throw refuse("NotImplemented", "The subresource '" + parameter.name + "' is not implemented.");
    }
    if (!selects(parameter.name) || parameter.name.empty()) continue;
    if (!found.empty() && found != parameter.name) {
      throw refuse("InvalidArgument",
                   "Conflicting query string parameters: " + std::string(found) + ", " + parameter.name);
    }
    found = parameter.name;
  }
  return found;
}

// S3 passes over parameters that begin with "x-": SDKs and people add them for the logs. They are signed like all
// others. "x-amz-" is not passed over: such a parameter means something.
bool is_harmless(std::string_view name) {
  return name.starts_with("x-") && !name.starts_with("x-amz-");
}

void check_parameters(const Request& request, const Route& route) {
  for (std::size_t i = 0; i < request.query.size(); ++i) {
    const std::string& name = request.query[i].name;
    if (is_harmless(name)) continue;
    if (name != route.subresource && !contains_word(route.parameters, name)) {
      throw refuse("NotImplemented", "The query parameter '" + name + "' is not implemented for " +
                                         std::string(route.name) + ".");
    }
    if (name == "tagKeys" || name == "jobStatuses") continue;  // lists
    for (std::size_t j = 0; j < i; ++j) {
      if (request.query[j].name == name) {
        throw refuse("InvalidArgument", "The query parameter '" + name + "' is given twice.");
      }
    }
  }
}

const Route& control_route(const Request& request) {
  const std::string path = control_path(request);
  std::string_view name;
  if (path.starts_with("tags/")) {
    if (request.method == "POST") name = "TagResource";
    if (request.method == "DELETE") name = "UntagResource";
    if (request.method == "GET") name = "ListTagsForResource";
  } else if (path == "jobs") {
    if (request.method == "POST") name = "CreateJob";
    if (request.method == "GET") name = "ListJobs";
  } else if (path.starts_with("jobs/") && path.find('/', 5) == std::string_view::npos) {
    if (request.method == "GET") name = "DescribeJob";
  }
  for (const Route& route : control_routes) {
    if (route.name == name) return route;
  }
  throw refuse("NotImplemented", "This S3 Control operation is not implemented.");
}

// What S3 refuses because it never has it, unlike what it has and this cloud has not.
void refuse_wrong_place(const Request& request, Target target) {
  if (target == bucket && request.method == "POST" && request.query.empty())
    throw refuse("NotImplemented", "Uploads by a form (POST) are not implemented.");
  if (target != object) return;
  for (const std::string_view name : {"versions", "uploads"}) {
    if (request.method == "GET" && request.find(name) != nullptr)
      throw refuse("InvalidRequest",
                   "There is no such thing as the ?" + std::string(name) + " sub-resource for a key");
  }
  if (request.method == "PUT" && request.find("partNumber") != nullptr && request.find("uploadId") == nullptr)
    throw refuse("InvalidArgument", "This operation does not accept partNumber without uploadId");
}

const Route& find_route(const Request& request) {
  const Target target = target_of(request);
  if (target == control) return control_route(request);
  if (request.method == "OPTIONS" && target != service) return preflight_route;
  refuse_wrong_place(request, target);
  const std::string_view subresource = subresource_of(request);
  const bool copies = request.method == "PUT" && target == object && request.headers.has("x-amz-copy-source");
  if (copies && subresource.empty()) return copy_route;
  if (copies && subresource == "uploadId") return copy_part_route;
  bool path_known = false;
  for (const Route& route : table) {
    if (route.target != target || route.subresource != subresource) continue;
    if (route.method == request.method) return route;
    path_known = true;
  }
  if (!path_known && std::ranges::find(methods, request.method) != std::end(methods)) {
    throw refuse("NotImplemented", "This operation is not implemented.");
  }
  throw refuse("MethodNotAllowed", "The specified method is not allowed against this resource.");
}

}  // namespace

std::span<const Route> routes() {
  return table;
}

const Route& route_of(const Request& request) {
  const Route& route = find_route(request);
  if (&route != &preflight_route) check_parameters(request, route);
  const std::string* list_type = request.find("list-type");
  if (list_type != nullptr && *list_type != "2") {
    throw refuse("InvalidArgument", "Invalid List Type specified in Request");
  }
  return route;
}

}  // namespace s3dr::cloud
