// Versioning and tagging of a bucket. Replication configuration: cloud/replication/replication_settings.cc.
#include "cloud/buckets/operations.h"
#include "cloud/buckets/tag_rules.h"
#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/bucket_update.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t document_bytes_max = 256 * 1024;

// MFA delete is refused: it would have to be enforced on every deletion.
void refuse_mfa(const Request& request) {
  const bool wanted = request.document.find("MfaDelete") != std::string::npos &&
                      request.document.find("Enabled</MfaDelete") != std::string::npos;
  if (request.headers.has("x-amz-mfa") || wanted) {
    throw refuse("NotImplemented", "MFA delete is not implemented.");
  }
}

Task<> store_tags(RegionContext& region, Request& request, const BucketRow& bucket, const s3::TagSet& tags,
                  std::string_view event_name) {
  co_await region.database.write([&](Connection& db) {
    const BucketRow before = require_row(db, bucket.id);
    // S3 User Guide, Enabling ABAC in general purpose buckets. The code is not documented.
    if (judges_by_tags(db, bucket.id))
      throw refuse("InvalidRequest",
                   "Attribute-based access control is enabled for this bucket. Use TagResource and "
                   "UntagResource.");
    db.prepare("UPDATE bucket SET tags = ? WHERE id = ?").bind(s3::to_tagging_header(tags), bucket.id).run();
    record_event(db, region, request,
                 {std::string(event_name), request_parameters(request), bucket.name.text(), "", ""});
    record_tag_change(db, region, request, {before.account, bucket.name.text(), before.tags, tags});
  });
  region.wake_events();
}

}  // namespace

BucketRow require_row(Connection& db, std::int64_t bucket) {
  auto row = find_bucket(db, bucket);
  if (!row) throw refuse("NoSuchBucket", "The specified bucket does not exist");
  return std::move(*row);
}

Task<HttpResponse> get_bucket_versioning(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  co_return xml_answer(s3::write_versioning(bucket.versioning));
}

Task<HttpResponse> put_bucket_versioning(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  co_await read_document(request, document_bytes_max, Integrity::required);
  refuse_mfa(request);
  const s3::Versioning wanted = s3::parse_versioning(request.document);
  if (wanted == s3::Versioning::never_enabled) {
    throw refuse("IllegalVersioningConfigurationException", "The Versioning element must be specified");
  }
  co_await region.database.write([&](Connection& db) {
    const BucketRow row = require_row(db, bucket.id);
    if (wanted == s3::Versioning::suspended && row.replication) {
      throw refuse(
          "InvalidBucketState",
          "A replication configuration is present on this bucket, so you cannot change the versioning "
          "state. To change the versioning state, first delete the replication configuration.");
    }
    if (wanted == s3::Versioning::suspended && has_object_lock(db, bucket.id)) {
      throw refuse(
          "InvalidBucketState",
          "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
          "changed.");
    }
    db.prepare("UPDATE bucket SET versioning = ? WHERE id = ?")
        .bind(static_cast<int>(wanted), bucket.id)
        .run();
    record_event(db, region, request,
                 {"PutBucketVersioning", request_parameters(request), bucket.name.text(), "", ""});
  });
  region.wake_events();
  co_return empty_answer(200);
}

Task<HttpResponse> get_bucket_tagging(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  if (bucket.tags.empty()) throw refuse("NoSuchTagSet", "The TagSet does not exist");
  co_return xml_answer(s3::write_tagging(bucket.tags));
}

Task<HttpResponse> put_bucket_tagging(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  co_await read_document(request, document_bytes_max, Integrity::required);
  const s3::TagSet tags = s3::parse_tagging(request.document);
  check_tags(tags, s3::TagOwner::bucket);
  co_await store_tags(region, request, bucket, tags, "PutBucketTagging");
  co_return empty_answer(204);
}

Task<HttpResponse> delete_bucket_tagging(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  co_await store_tags(region, request, bucket, {}, "DeleteBucketTagging");
  co_return empty_answer(204);
}

}  // namespace s3dr::cloud
