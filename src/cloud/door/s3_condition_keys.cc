// S3's condition keys: a row each. A key whose operation is not in this cloud (access points, annotations) is
// absent from every request, as it is on AWS from a request that is not one of those.
#include <algorithm>
#include <cmath>

#include "aws/xml.h"
#include "base/encoding.h"
#include "base/pseudo_header.h"
#include "cloud/door/condition_keys.h"
#include "cloud/door/control_request.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/store/database.h"
#include "s3/request_path.h"
#include "s3/xml_batch_job.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

KeyValues one(std::string text) {
  return {{"", std::move(text)}};
}

KeyValues all_of(const s3::TagSet& tags) {
  KeyValues values;
  for (const s3::Tag& tag : tags) values.emplace_back(tag.key, tag.value);
  return values;
}

KeyValues keys_of(const s3::TagSet& tags) {
  KeyValues values;
  for (const s3::Tag& tag : tags) values.emplace_back("", tag.key);
  return values;
}

// A document that cannot be read has no values: its operation refuses it.
template <class Read>
KeyValues read_document_of(const S3Facts& facts, Read read) {
  if (facts.request == nullptr || facts.request->document.empty()) return {};
  try {
    return read(facts.request->document);
  } catch (const Error&) {
    return {};
  }
}

bool is_signed(const S3Facts& facts) {
  return facts.request != nullptr && !facts.request->caller.arn.empty();
}

// --- from the request line and the headers --------------------------------------------------------------------

KeyValues header(const S3Facts& facts, std::string_view name) {
  if (facts.request == nullptr || facts.subject.in_body) return {};
  const auto value = facts.request->headers.get(name);
  return value ? one(std::string(*value)) : KeyValues();
}

KeyValues query(const S3Facts& facts, std::string_view name) {
  const std::string* value = facts.request == nullptr ? nullptr : facts.request->find(name);
  return value == nullptr ? KeyValues() : one(*value);
}

KeyValues prefix(const S3Facts& facts, std::string_view name) {
  return facts.subject.prefix ? one(*facts.subject.prefix) : query(facts, name);
}

KeyValues if_match(const S3Facts& facts, std::string_view name) {
  if (!facts.subject.in_body) return header(facts, name);
  return facts.subject.if_match ? one(*facts.subject.if_match) : KeyValues();
}

KeyValues version_id(const S3Facts& facts, std::string_view) {
  return facts.subject.version_id.empty() ? KeyValues() : one(facts.subject.version_id);
}

// "bucket/key", decoded and without the slash and the version that a header may have, so that no other
// spelling gets past a policy.
KeyValues copy_source(const S3Facts& facts, std::string_view name) {
  if (facts.request == nullptr) return {};
  const auto value = facts.request->headers.get(name);
  if (!value) return {};
  const auto source = s3::parse_copy_source(*value);
  return one(source ? source->bucket + "/" + source->key.bytes() : std::string(*value));
}

KeyValues remaining_days(const S3Facts& facts, std::string_view name) {
  const KeyValues until = header(facts, name);
  const auto date = until.empty() ? std::nullopt : from_iso8601(until.front().second);
  if (!date) return {};
  const auto left = std::chrono::duration<double, std::ratio<86400>>(*date - facts.region.clock.now());
  return one(std::to_string(static_cast<std::int64_t>(std::ceil(std::max(left.count(), 0.0)))));
}

// True for what makes an object; false for the steps of a multipart upload before its completion.
KeyValues creates_object(const S3Facts& facts, std::string_view) {
  if (facts.request == nullptr) return {};
  const bool of_upload = facts.request->find("uploadId") != nullptr;
  const bool creates = facts.request->method == "PUT" ? !of_upload : of_upload;
  return one(creates ? "true" : "false");
}

// --- how it was signed and sent -------------------------------------------------------------------------------

KeyValues auth_type(const S3Facts& facts, std::string_view) {
  if (!is_signed(facts)) return {};
  return one(facts.request->presigned ? "REST-QUERY-STRING" : "REST-HEADER");
}

KeyValues signature_version(const S3Facts& facts, std::string_view) {
  return is_signed(facts) ? one("AWS4-HMAC-SHA256") : KeyValues();
}

// In milliseconds.
KeyValues signature_age(const S3Facts& facts, std::string_view name) {
  if (!is_signed(facts)) return {};
  auto signed_at = from_amz_date(facts.request->headers.get_or(name, ""));
  if (!signed_at) signed_at = from_http_date(facts.request->headers.get_or("date", ""));
  if (!signed_at) return {};
  return one(std::to_string(std::max<std::int64_t>((facts.region.clock.now() - *signed_at).count(), 0)));
}

KeyValues content_sha256(const S3Facts& facts, std::string_view) {
  if (facts.request == nullptr || facts.request->payload_mode.empty()) return {};
  return one(facts.request->payload_mode);
}

KeyValues tls_version(const S3Facts& facts, std::string_view name) {
  return facts.request == nullptr || !facts.request->tls ? KeyValues() : header(facts, name);
}

// --- tags -----------------------------------------------------------------------------------------------------

// Of the version that is addressed; a delete marker and what does not exist have none.
s3::TagSet existing_tags(const S3Facts& facts) {
  const S3Subject& subject = facts.subject;
  if (subject.tags != nullptr) return *subject.tags;
  auto row = facts.region.database.reader().prepare(
      "SELECT object_version.tags FROM object_version JOIN bucket ON bucket.id = object_version.bucket "
      "WHERE bucket.name = ? AND object_version.key = ? AND ((? = '' AND is_latest = 1) OR version_id = ?)");
  row.bind(subject.bucket, Statement::Blob{subject.key}, subject.version_id, subject.version_id);
  if (!row.step()) return {};
  return s3::parse_tagging_header(row.text(0)).value_or(s3::TagSet());
}

KeyValues existing_tag(const S3Facts& facts, std::string_view) {
  return all_of(existing_tags(facts));
}

// Of PutObjectTagging in its document, of an upload in its header.
s3::TagSet request_tags(const S3Facts& facts, std::string_view name) {
  if (facts.request == nullptr) return {};
  if (facts.request->find("tagging") == nullptr)
    return s3::parse_tagging_header(facts.request->headers.get_or(name, "")).value_or(s3::TagSet());
  try {
    return s3::parse_tagging(facts.request->document);
  } catch (const Error&) {
    return {};
  }
}

KeyValues request_tag(const S3Facts& facts, std::string_view name) {
  return all_of(request_tags(facts, name));
}

KeyValues request_tag_keys(const S3Facts& facts, std::string_view name) {
  return keys_of(request_tags(facts, name));
}

// Of buckets: CreateBucket and TagResource.
s3::TagSet bucket_tags(const S3Facts& facts) {
  if (facts.request == nullptr || facts.request->document.empty()) return {};
  try {
    if (facts.request->key.empty()) return s3::parse_create_bucket_request(facts.request->document).tags;
    return s3::parse_tag_resource_request(facts.request->document);
  } catch (const Error&) {
    return {};
  }
}

// Of the bucket that is addressed, once its owner has enabled attribute-based access control.
KeyValues tag_of_bucket(const S3Facts& facts, std::string_view) {
  if (facts.subject.bucket.empty()) return {};
  auto row = facts.region.database.reader().prepare("SELECT id, tags FROM bucket WHERE name = ?");
  row.bind(facts.subject.bucket);
  if (!row.step() || !judges_by_tags(facts.region.database.reader(), row.integer(0))) return {};
  return all_of(s3::parse_tagging_header(row.text(1)).value_or(s3::TagSet()));
}

KeyValues bucket_request_tag(const S3Facts& facts, std::string_view) {
  return all_of(bucket_tags(facts));
}

KeyValues bucket_tag_keys(const S3Facts& facts, std::string_view name) {
  KeyValues values = keys_of(bucket_tags(facts));
  if (facts.request == nullptr) return values;
  for (const aws::QueryParameter& parameter : facts.request->query) {
    if (parameter.name == name) values.emplace_back("", parameter.value);
  }
  return values;
}

// --- from documents -------------------------------------------------------------------------------------------

KeyValues inventory_fields(const S3Facts& facts, std::string_view) {
  return read_document_of(facts, [](const std::string& text) {
    KeyValues values;
    const aws::xml::Document document(text);
    aws::xml::for_each_element(aws::xml::child(document.any_root(), "OptionalFields"),
                               [&](pugi::xml_node field, std::string_view) {
                                 values.emplace_back("", aws::xml::trimmed_text(field));
                               });
    return values;
  });
}

KeyValues location_constraint(const S3Facts& facts, std::string_view) {
  return read_document_of(facts, [](const std::string& document) {
    const std::string constraint = s3::parse_create_bucket_request(document).location_constraint;
    return constraint.empty() ? KeyValues() : one(constraint);
  });
}

KeyValues job_operation(const S3Facts& facts, std::string_view name) {
  return read_document_of(facts, [name](const std::string& document) {
    s3::parse_create_job_request(document);  // there is no other operation here
    return one(std::string(name));
  });
}

KeyValues job_priority(const S3Facts& facts, std::string_view) {
  return read_document_of(facts, [](const std::string& document) {
    return one(std::to_string(s3::parse_create_job_request(document).priority));
  });
}

KeyValues resource_account(const S3Facts& facts, std::string_view) {
  return facts.resource_account.empty() ? KeyValues() : one(facts.resource_account);
}

KeyValues nothing(const S3Facts&, std::string_view) {
  return {};
}

using enum KeyType;
constexpr std::string_view every_action = "";
constexpr std::string_view object_reads_and_tags =
    "DeleteObjectTagging DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes "
    "GetObjectTagging "
    "GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionTagging PutObjectAcl "
    "PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging";
constexpr std::string_view tag_writes =
    "BypassGovernanceRetention PutObject PutObjectTagging PutObjectVersionTagging";
constexpr std::string_view acl_writes =
    "BypassGovernanceRetention CreateAccessPoint CreateBucket PutBucketAcl PutObject PutObjectAcl "
    "PutObjectVersionAcl";
constexpr std::string_view grants =
    "BypassGovernanceRetention CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl";
constexpr std::string_view uploads = "BypassGovernanceRetention PutObject";
constexpr std::string_view encrypted_writes =
    "BypassGovernanceRetention PutObject ReplicateObject UpdateObjectEncryption";
constexpr std::string_view listings = "ListBucket ListBucketVersions";
constexpr std::string_view retention = "PutObject PutObjectRetention";
constexpr std::string_view existing_jobs = "DeleteJobTagging PutJobTagging UpdateJobPriority UpdateJobStatus";

constexpr S3Key table[] = {
    {"s3:authType", text, every_action, "", auth_type},
    {"s3:delimiter", text, listings, "delimiter", query},
    {"s3:ExistingObjectTag/", text, object_reads_and_tags, "", existing_tag},
    {"s3:if-match", text, "DeleteObject PutObject", "if-match", if_match},
    {"s3:if-none-match", text, "PutObject", "if-none-match", header},
    {"s3:locationconstraint", text, "CreateAccessPoint CreateBucket", "", location_constraint},
    {"s3:max-keys", number, listings, "max-keys", query},
    {"s3:object-lock-legal-hold", text, "PutObject PutObjectLegalHold", "x-amz-object-lock-legal-hold",
     header},
    {"s3:object-lock-mode", text, retention, "x-amz-object-lock-mode", header},
    {"s3:object-lock-remaining-retention-days", number, retention, "x-amz-object-lock-retain-until-date",
     remaining_days},
    {"s3:object-lock-retain-until-date", date, retention, "x-amz-object-lock-retain-until-date", header},
    {"s3:ObjectCreationOperation", boolean, "PutObject", "", creates_object},
    {"s3:prefix", text, listings, "prefix", prefix},
    {"s3:RequestJobOperation", text, "CreateJob", "S3ReplicateObject", job_operation},
    {"s3:RequestJobPriority", number, "CreateJob UpdateJobPriority", "", job_priority},
    {"s3:RequestObjectTag/", text, tag_writes, "x-amz-tagging", request_tag},
    {"s3:RequestObjectTagKeys", texts, tag_writes, "x-amz-tagging", request_tag_keys},
    {"s3:ResourceAccount", text, every_action, "", resource_account},
    {"s3:signatureAge", number, every_action, "x-amz-date", signature_age},
    {"s3:signatureversion", text, every_action, "", signature_version},
    {"s3:TlsVersion", number, every_action, tls_version_field, tls_version},
    {"s3:versionid", text,
     "DeleteObjectVersion DeleteObjectVersionTagging GetObjectVersion GetObjectVersionAcl "
     "GetObjectVersionAttributes GetObjectVersionTagging GetObjectVersionTorrent PutObjectVersionAcl "
     "PutObjectVersionTagging",
     "", version_id},
    {"s3:x-amz-acl", text, acl_writes, "x-amz-acl", header},
    {"s3:x-amz-bucket-namespace", text, "CreateBucket", "x-amz-bucket-namespace", header},
    {"s3:x-amz-content-sha256", text, every_action, "", content_sha256},
    {"s3:x-amz-copy-source", text, uploads, "x-amz-copy-source", copy_source},
    {"s3:x-amz-grant-full-control", text, grants, "x-amz-grant-full-control", header},
    {"s3:x-amz-grant-read", text, grants, "x-amz-grant-read", header},
    {"s3:x-amz-grant-read-acp", text, grants, "x-amz-grant-read-acp", header},
    {"s3:x-amz-grant-write", text, grants, "x-amz-grant-write", header},
    {"s3:x-amz-grant-write-acp", text, grants, "x-amz-grant-write-acp", header},
    {"s3:x-amz-metadata-directive", text, uploads, "x-amz-metadata-directive", header},
    {"s3:x-amz-object-annotation-directive", text, every_action, "x-amz-object-annotation-directive", header},
    {"s3:x-amz-object-ownership", text, "CreateBucket", "x-amz-object-ownership", header},
    {"s3:x-amz-server-side-encryption", text, encrypted_writes, "x-amz-server-side-encryption", header},
    {"s3:x-amz-server-side-encryption-aws-kms-key-id", arn, encrypted_writes,
     "x-amz-server-side-encryption-aws-kms-key-id", header},
    {"s3:x-amz-server-side-encryption-customer-algorithm", text,
     "BypassGovernanceRetention PutObject ReplicateObject", "x-amz-server-side-encryption-customer-algorithm",
     header},
    {"s3:x-amz-storage-class", text, "BypassGovernanceRetention PutObject PutObjectAcl PutObjectVersionAcl",
     "x-amz-storage-class", header},
    {"s3:x-amz-website-redirect-location", text, uploads, "x-amz-website-redirect-location", header},
    // Tags of buckets act after attribute-based access control was enabled for the bucket.
    {"s3:BucketTag/", text, every_action, "", tag_of_bucket},
    {"aws:ResourceTag/", text, every_action, "", tag_of_bucket},
    // Access points and access grants are not in this cloud.
    {"s3:AccessGrantScope", text, "CreateAccessGrant DeleteAccessGrant GetAccessGrant", "", nothing},
    {"s3:AccessGrantsInstanceArn", arn,
     "AbortMultipartUpload DeleteObject DeleteObjectVersion GetObject GetObjectAcl GetObjectVersion "
     "GetObjectVersionAcl ListBucket ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts "
     "PutObject PutObjectAcl PutObjectVersionAcl",
     "", nothing},
    {"s3:AccessGrantsLocationScope", text,
     "CreateAccessGrantsLocation DeleteAccessGrantsLocation GetAccessGrantsLocation "
     "UpdateAccessGrantsLocation",
     "", nothing},
    {"s3:AccessPointNetworkOrigin", text, every_action, "", nothing},
    {"s3:AccessPointTag/", text, every_action, "", nothing},
    {"s3:DataAccessPointAccount", text, every_action, "", nothing},
    {"s3:DataAccessPointArn", arn, every_action, "", nothing},
    {"s3:InventoryAccessibleOptionalFields", texts, "PutInventoryConfiguration", "", inventory_fields},
    // Operations that are not in this cloud: jobs are not changed, annotations, event holds and log deliveries do
    // not exist, and no fault is injected.
    {"s3:annotation-prefix", text, every_action, "", nothing},
    {"s3:deliverySourceArn", arn, every_action, "", nothing},
    {"s3:destinationRegion", text, "PauseReplication", "", nothing},
    {"s3:ExistingJobOperation", text, existing_jobs, "", nothing},
    {"s3:ExistingJobPriority", number, existing_jobs, "", nothing},
    {"s3:isReplicationPauseRequest", boolean, "PutReplicationConfiguration", "", nothing},
    {"s3:JobSuspendedCause", text, "UpdateJobStatus", "", nothing},
    {"s3:logType", text, every_action, "", nothing},
    {"s3:max-annotation-results", number, every_action, "", nothing},
    {"s3:object-lock-event-hold", text, every_action, "", nothing},
    {"s3:object-lock-event-hold-duration-days", number, every_action, "", nothing},
    {"s3:resourceArnBeingAuthorized", arn, every_action, "", nothing},
    {"s3:x-amz-object-if-match", text, every_action, "", nothing},
    // Keys of every service whose values are S3's.
    {"aws:RequestTag/", text, "CreateBucket TagResource", "", bucket_request_tag},
    {"aws:TagKeys", texts, "CreateBucket TagResource UntagResource", "tagKeys", bucket_tag_keys},
};

bool knows(const S3Key& key, std::string_view action) {
  if (key.actions.empty()) return true;
  action.remove_prefix(std::min(action.find(':') + 1, action.size()));
  std::string_view rest = key.actions;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == action) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace

std::span<const S3Key> s3_keys() {
  return table;
}

void add_s3_keys(aws::PolicyContext& context, const S3Facts& facts) {
  for (const S3Key& key : table) {
    if (!knows(key, facts.action)) continue;
    // Two tags whose keys differ in case only are one key of a policy, with two values.
    std::map<std::string, std::vector<std::string>> by_name;
    for (auto& [ending, value] : key.values(facts, key.field))
      by_name[lower_case(std::string(key.name) + ending)].push_back(std::move(value));
    for (auto& [name, values] : by_name) context.set(name, std::move(values));
  }
}

}  // namespace s3dr::cloud
