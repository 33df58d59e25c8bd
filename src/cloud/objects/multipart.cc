// Starts, fills, lists and aborts multipart uploads. Completing them: multipart_complete.cc.
#include <utility>

#include "base/encoding.h"
#include "cloud/door/answer.h"
#include "cloud/objects/copy_source.h"
#include "cloud/objects/listing_parameters.h"
#include "cloud/objects/metadata.h"
#include "cloud/objects/object_commit.h"
#include "cloud/objects/object_range.h"
#include "cloud/objects/operations.h"
#include "cloud/objects/upload_table.h"
#include "cloud/objects/version_headers.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/owner_id.h"
#include "s3/http_fields.h"
#include "s3/xml_object.h"

namespace s3dr::cloud {
namespace {

constexpr int part_number_max = 10'000;

void read_checksum_choice(const Request& request, UploadRow& upload) {
  const auto algorithm = request.headers.get("x-amz-checksum-algorithm");
  const auto type = request.headers.get("x-amz-checksum-type");
  if (!algorithm) {
    if (type)
      throw refuse(
          "InvalidRequest",
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
    return;
  }
  upload.asked_algorithm = named_algorithm(*algorithm);
  upload.checksum_type = upload.asked_algorithm == aws::ChecksumAlgorithm::crc64nvme
                             ? aws::ChecksumType::full_object
                             : aws::ChecksumType::composite;
  if (!type) return;
  const auto asked = aws::checksum_type_of_s3_name(*type);
  if (!asked) throw refuse("InvalidRequest", "Value for x-amz-checksum-type header is invalid.");
  if (!aws::allowed_for_multipart(*upload.asked_algorithm, *asked))
    throw refuse("InvalidRequest", "The " + std::string(*type) + " checksum type cannot be used with the " +
                                       std::string(*algorithm) + " checksum algorithm.");
  upload.checksum_type = *asked;
}

// Refuses a part with another checksum algorithm than the upload's: the upload could not be completed with it. If the
// object's checksum is made of those of the parts, each part must bring its own.
void check_part_algorithm(const UploadRow& upload, const Request& request) {
  if (!upload.asked_algorithm) return;
  const auto refuse_type = [&](std::string_view given) {
    throw refuse("InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: " +
                                       lower_case(aws::s3_name(*upload.asked_algorithm)) +
                                       ", actual checksum Type: " + lower_case(given));
  };
  bool brings_one = false;
  for (const Header& field : request.headers) {
    const bool trailer = equals_ignoring_case(field.name, "x-amz-trailer");
    const auto algorithm = aws::checksum_of_header(trailer ? field.value : field.name);
    if (!algorithm) continue;
    if (*algorithm != *upload.asked_algorithm) refuse_type(aws::s3_name(*algorithm));
    brings_one = true;
  }
  if (!brings_one && upload.checksum_type == aws::ChecksumType::composite) refuse_type("null");
}

Task<PartRow> commit_part(RegionContext& region, const UploadRow& upload, int number, Received received) {
  PartRow part;
  part.number = number;
  part.size = received.size;
  part.etag = to_hex(received.md5);
  part.body = received.body.id();
  part.checksum = received.checksum;
  part.modified = region.clock.now();
  const auto replaced = co_await region.database.write([&](Connection& db) {
    require_upload(db, upload.bucket, upload.key, upload.upload_id);  // aborted or completed meanwhile?
    auto result = put_part(db, upload.id, part);
    received.body.keep();
    return result;
  });
  if (replaced) region.bodies.remove(*replaced);
  co_return part;
}

s3::Checksums shown_checksum(const UploadRow& upload, const PartRow& part) {
  s3::Checksums checksums;
  if (upload.asked_algorithm) checksums.emplace(aws::s3_name(*upload.asked_algorithm), part.checksum);
  return checksums;
}

// Which part of which upload a request is about.
struct PartAddress {
  int number;
  UploadRow upload;
};
PartAddress part_of(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const int number = part_number(parameter(request, "partNumber"));
  return {number,
          require_upload(region.database.reader(), bucket.id, request.key, parameter(request, "uploadId"))};
}

}  // namespace

Task<HttpResponse> create_multipart_upload(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  refuse_unsupported_upload_headers(request.headers, uses_acls(region.database.reader(), bucket.id));
  UploadRow upload;
  upload.bucket = bucket.id;
  upload.key = request.key;
  upload.initiated = region.clock.now();
  read_checksum_choice(request, upload);
  upload.system_metadata = metadata_to_json(system_metadata_of(request.headers));
  upload.user_metadata = metadata_to_json(user_metadata_of(request.headers));
  upload.tags = tags_of(request.headers);
  co_await region.database.write([&](Connection& db) {
    bucket_in_change(db, bucket.id);
    upload.upload_id = new_upload_id(db, upload, region.random);
    insert_upload(db, upload);
  });
  s3::MultipartUpload result;
  result.bucket = bucket.name.text();
  result.key = request.key;
  result.upload_id = upload.upload_id;
  HttpResponse response = xml_answer(s3::write_initiate_multipart_upload_result(result));
  if (upload.asked_algorithm) {
    response.headers.set("x-amz-checksum-algorithm", std::string(aws::s3_name(*upload.asked_algorithm)));
    response.headers.set("x-amz-checksum-type", std::string(aws::s3_name(upload.checksum_type)));
  }
  co_return response;
}

Task<HttpResponse> upload_part(RegionContext& region, Request& request) {
  const auto [number, upload] = part_of(region, request);
  check_part_algorithm(upload, request);
  Received received = co_await receive_object(region, request, upload.algorithm());
  const bool shows_checksum = upload.asked_algorithm.has_value();
  const PartRow part = co_await commit_part(region, upload, number, std::move(received));
  HttpResponse response = empty_answer(200);
  response.headers.set("ETag", s3::quote_etag(part.etag));
  if (shows_checksum) response.headers.set(std::string(aws::header_name(upload.algorithm())), part.checksum);
  co_return response;
}

Task<HttpResponse> upload_part_copy(RegionContext& region, Request& request) {
  const auto [number, upload] = part_of(region, request);
  const CopySource source = find_copy_source(region, request, true);
  const auto asked = request.headers.get("x-amz-copy-source-range");
  const s3::ByteRange range =
      asked ? copied_range(*asked, source.row.size) : s3::ByteRange{0, source.row.size};
  if (range.length > upload_bytes_max)
    throw refuse("InvalidRequest",
                 "The specified copy range is larger than the maximum allowable size: 5368709120");
  Received received = co_await copy_body(region, source, range, upload.algorithm());
  const PartRow part = co_await commit_part(region, upload, number, std::move(received));
  s3::CopyResult result;
  result.etag = part.etag;
  result.last_modified = part.modified;
  result.checksums = shown_checksum(upload, part);
  HttpResponse response = xml_answer(s3::write_copy_result("CopyPartResult", result));
  if (source.bucket.versioning != s3::Versioning::never_enabled)
    response.headers.set("x-amz-copy-source-version-id", source.row.version_id.text());
  co_return response;
}

Task<HttpResponse> abort_multipart_upload(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const std::string upload_id = parameter(request, "uploadId");
  if (request.headers.has("x-amz-if-match-initiated-time"))
    throw refuse("NotImplemented", "x-amz-if-match-initiated-time is for directory buckets.");
  const std::vector<std::string> bodies = co_await region.database.write([&](Connection& db) {
    return remove_upload(db, require_upload(db, bucket.id, request.key, upload_id).id);
  });
  for (const std::string& body : bodies) region.bodies.remove(body);
  co_return empty_answer(204);
}

Task<HttpResponse> list_parts(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  Connection& db = region.database.reader();
  const UploadRow upload = require_upload(db, bucket.id, request.key, parameter(request, "uploadId"));
  s3::PartPage page;
  page.bucket = bucket.name.text();
  page.key = request.key;
  page.upload_id = upload.upload_id;
  if (upload.asked_algorithm) {
    page.checksum_algorithm = std::string(aws::s3_name(*upload.asked_algorithm));
    page.checksum_type = std::string(aws::s3_name(upload.checksum_type));
  }
  page.parts_max = bounded_number(request, "max-parts", listed_max, listed_max);
  page.part_number_marker = bounded_number(request, "part-number-marker", 0, part_number_max);
  auto parts = list_part_rows(db, upload.id, page.part_number_marker, page.parts_max + 1);
  page.is_truncated = page.parts_max > 0 && parts.size() > static_cast<std::size_t>(page.parts_max);
  if (parts.size() > static_cast<std::size_t>(page.parts_max))
    parts.resize(static_cast<std::size_t>(page.parts_max));
  for (const PartRow& part : parts) {
    s3::ListedPart listed;
    listed.part_number = part.number;
    listed.last_modified = part.modified;
    listed.etag = part.etag;
    listed.size = part.size;
    listed.checksums = shown_checksum(upload, part);
    page.parts.push_back(std::move(listed));
    page.next_part_number_marker = part.number;
  }
  co_return xml_answer(s3::write_list_parts_result(page, owner_id(bucket.account)));
}

Task<HttpResponse> list_multipart_uploads(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const s3::ListingFrame frame = listing_frame(request, "max-uploads");
  const s3::ObjectKey key_marker(parameter(request, "key-marker"));
  const std::string upload_marker = key_marker.empty() ? "" : parameter(request, "upload-id-marker");
  auto start = start_of_listing(frame, key_marker.bytes());
  if (!upload_marker.empty() && key_marker.bytes() >= frame.prefix) start = key_marker.bytes();
  s3::UploadPage page;
  Connection& db = region.database.reader();
  while (start && frame.keys_max > 0 && !page.is_truncated) {
    auto row = db.prepare(
        "SELECT key, upload_id, initiated_ms FROM upload WHERE bucket = ?1 AND key >= ?2 "
        "AND (key > ?2 OR upload_id > ?3) ORDER BY key, upload_id");
    row.bind(bucket.id, Statement::Blob{*start},
             *start == key_marker.bytes() ? upload_marker : std::string());
    start.reset();
    while (row.step()) {
      s3::ObjectKey key(row.text(0));
      if (!key.bytes().starts_with(frame.prefix)) break;
      if (page.uploads.size() + page.common_prefixes.size() == static_cast<std::size_t>(frame.keys_max)) {
        page.is_truncated = true;
        break;
      }
      page.next_key_marker = key;
      if (auto rolled_up = common_prefix(key.bytes(), frame)) {
        page.next_key_marker = s3::ObjectKey(*rolled_up);
        page.next_upload_id_marker.clear();
        page.common_prefixes.push_back(*rolled_up);
        start = behind_prefix(std::move(*rolled_up));
        break;
      }
      page.next_upload_id_marker = row.text(1);
      page.uploads.push_back({std::move(key), row.text(1), Instant(milliseconds(row.integer(2)))});
    }
  }
  if (!page.is_truncated) {
    page.next_key_marker = s3::ObjectKey();
    page.next_upload_id_marker.clear();
  }
  co_return xml_answer(
      s3::write_list_uploads_result(frame, key_marker, upload_marker, page, owner_id(bucket.account)));
}

}  // namespace s3dr::cloud
