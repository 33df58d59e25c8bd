#include <utility>

#include "cloud/buckets/tag_rules.h"
#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/objects/object_commit.h"
#include "cloud/objects/operations.h"
#include "cloud/objects/version_headers.h"
#include "cloud/store/bucket_table.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t tagging_document_bytes_max = 64 * 1024;

// Sets the tags of the version that the request names. An answer with a body is a refusal.
Task<HttpResponse> set_tags(RegionContext& region, Request& request, s3::TagSet tags, int status) {
  const BucketRow bucket = require_bucket(region, request);
  Found found = find_for_reading(region, bucket, request);
  if (!found.row) co_return std::move(found.refusal);
  const std::int64_t id = found.row->id;
  const Instant now = region.clock.now();
  const bool queued = co_await region.database.write([&](Connection& db) {
    auto row = find_version(db, id);
    if (!row) throw refuse("NoSuchKey", "The specified key does not exist.");
    return replace_tags(db, bucket_in_change(db, bucket.id), std::move(*row), tags, now);
  });
  if (queued && region.wake_replication) region.wake_replication();
  HttpResponse response = empty_answer(status);
  if (bucket.versioning != s3::Versioning::never_enabled)
    response.headers.set("x-amz-version-id", found.row->version_id.text());
  co_return response;
}

}  // namespace

Task<HttpResponse> get_object_tagging(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  Found found = find_for_reading(region, bucket, request);
  if (!found.row) co_return std::move(found.refusal);
  HttpResponse response = xml_answer(s3::write_tagging(found.row->tags));
  if (bucket.versioning != s3::Versioning::never_enabled)
    response.headers.set("x-amz-version-id", found.row->version_id.text());
  co_return response;
}

Task<HttpResponse> put_object_tagging(RegionContext& region, Request& request) {
  co_await read_document(request, tagging_document_bytes_max, Integrity::required);
  s3::TagSet tags = s3::parse_tagging(request.document);
  check_tags(tags, s3::TagOwner::object);
  co_return co_await set_tags(region, request, std::move(tags), 200);
}

Task<HttpResponse> delete_object_tagging(RegionContext& region, Request& request) {
  co_return co_await set_tags(region, request, {}, 204);
}

}  // namespace s3dr::cloud
