#include <utility>

#include "aws/checksum.h"
#include "base/encoding.h"
#include "cloud/door/answer.h"
#include "cloud/objects/copy_source.h"
#include "cloud/objects/lifecycle_run.h"
#include "cloud/objects/metadata.h"
#include "cloud/objects/object_commit.h"
#include "cloud/objects/operations.h"
#include "cloud/objects/version_headers.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/store/bucket_table.h"
#include "s3/http_fields.h"
#include "s3/xml_object.h"

namespace s3dr::cloud {
namespace {

void take_received(VersionRow& row, const Received& received) {
  row.size = received.size;
  row.etag = to_hex(received.md5);
  row.checksum_algorithm = std::string(aws::s3_name(received.algorithm));
  row.checksum_type = std::string(aws::s3_name(aws::ChecksumType::full_object));
  row.checksum_value = received.checksum;
}

// COPY or REPLACE; COPY where the header is missing.
bool replaces(const Request& request, std::string_view directive) {
  const auto value = request.headers.get(directive);
  if (!value || *value == "COPY") return false;
  if (*value == "REPLACE") return true;
  throw refuse("InvalidArgument", "Unknown value of " + std::string(directive) + ".");
}

void refuse_copy_without_change(const BucketRow& bucket, const Request& request, const CopySource& source,
                                bool replaces_metadata) {
  const bool same = source.row.bucket == bucket.id && source.row.key == request.key && source.row.is_latest;
  const bool changes = replaces_metadata || request.headers.has("x-amz-website-redirect-location") ||
                       request.headers.has("x-amz-checksum-algorithm");
  if (same && !changes)
    throw refuse("InvalidRequest",
                 "This copy request is illegal because it is trying to copy an object to itself without "
                 "changing the object's metadata, storage class, website redirect location or encryption "
                 "attributes.");
}

aws::ChecksumAlgorithm algorithm_of_copy(const Request& request, const VersionRow& source) {
  if (const auto asked = request.headers.get("x-amz-checksum-algorithm")) return named_algorithm(*asked);
  return aws::checksum_of_s3_name(source.checksum_algorithm).value_or(aws::ChecksumAlgorithm::crc64nvme);
}

}  // namespace

Task<HttpResponse> put_object(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  refuse_unsupported_upload_headers(request.headers, uses_acls(region.database.reader(), bucket.id));
  const WriteCondition condition = write_condition_of(request.headers);
  VersionRow row;
  row.key = request.key;
  row.system_metadata = metadata_to_json(system_metadata_of(request.headers));
  row.user_metadata = metadata_to_json(user_metadata_of(request.headers));
  row.tags = tags_of(request.headers);
  {
    // An early check, so that no body is taken in vain. The check within the change is the one that counts.
    const auto current = find_latest(region.database.reader(), bucket.id, request.key);
    check(condition, current ? &*current : nullptr);
  }
  Received received = co_await receive_object(region, request, std::nullopt);
  take_received(row, received);
  const Committed committed =
      co_await commit_upload(region, bucket.id, std::move(row), condition, std::move(received.body));
  HttpResponse response = empty_answer(200);
  response.headers.set("ETag", s3::quote_etag(committed.row.etag));
  if (committed.bucket_is_versioned)
    response.headers.set("x-amz-version-id", committed.row.version_id.text());
  add_checksum_headers(response.headers, committed.row);
  add_expiration_header(region, response.headers, committed.row);
  co_return response;
}

Task<HttpResponse> copy_object(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  refuse_unsupported_upload_headers(request.headers, uses_acls(region.database.reader(), bucket.id));
  const WriteCondition condition = write_condition_of(request.headers);
  const bool replaces_metadata = replaces(request, "x-amz-metadata-directive");
  const bool replaces_tags = replaces(request, "x-amz-tagging-directive");
  const CopySource source = find_copy_source(region, request);
  refuse_copy_without_change(bucket, request, source, replaces_metadata);
  VersionRow row;
  row.key = request.key;
  if (replaces_metadata) {
    row.system_metadata = metadata_to_json(system_metadata_of(request.headers));
    row.user_metadata = metadata_to_json(user_metadata_of(request.headers));
  } else {
    Metadata system = metadata_from_json(source.row.system_metadata);
    system.erase("x-amz-website-redirect-location");  // never copied
    if (const auto redirect = request.headers.get("x-amz-website-redirect-location"))
      system.emplace("x-amz-website-redirect-location", *redirect);
    row.system_metadata = metadata_to_json(system);
    row.user_metadata = source.row.user_metadata;
  }
  row.tags = replaces_tags ? tags_of(request.headers) : source.row.tags;
  const aws::ChecksumAlgorithm algorithm = algorithm_of_copy(request, source.row);
  Received received = co_await copy_body(region, source, {0, source.row.size}, algorithm);
  take_received(row, received);
  const Committed committed =
      co_await commit_upload(region, bucket.id, std::move(row), condition, std::move(received.body));
  s3::CopyResult result;
  result.etag = committed.row.etag;
  result.last_modified = committed.row.created;
  result.checksums = checksums_of(committed.row);
  result.checksum_type = committed.row.checksum_type;
  HttpResponse response = xml_answer(s3::write_copy_result("CopyObjectResult", result));
  if (committed.bucket_is_versioned)
    response.headers.set("x-amz-version-id", committed.row.version_id.text());
  if (source.bucket.versioning != s3::Versioning::never_enabled)
    response.headers.set("x-amz-copy-source-version-id", source.row.version_id.text());
  add_expiration_header(region, response.headers, committed.row);
  co_return response;
}

}  // namespace s3dr::cloud
