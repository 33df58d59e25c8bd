#include "cloud/objects/version_headers.h"

#include <algorithm>
#include <string>

#include "aws/checksum.h"
#include "base/encoding.h"
#include "cloud/door/answer.h"
#include "cloud/door/s3_access.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t version_id_bytes_max = 1024;

bool is_version_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

HttpResponse refusal(const Request& request, const Error& error) {
  ErrorFrame frame;
  frame.method = request.method;
  frame.resource = "/" + uri_encode(request.bucket_text) + "/" + uri_encode(request.key.bytes(), Slash::keep);
  frame.bucket = request.bucket_text;
  frame.request_id = request.request_id;
  frame.host_id = request.host_id;
  frame.extra.emplace_back("Key", request.key.bytes());
  return error_answer(error, frame);
}

}  // namespace

std::optional<s3::VersionId> version_id_of(const Request& request) {
  const std::string* text = request.find("versionId");
  if (text == nullptr) return std::nullopt;
  if (text->empty()) throw refuse("InvalidArgument", "Version id cannot be the empty string");
  if (text->size() > version_id_bytes_max ||
      !std::all_of(text->begin(), text->end(), is_version_id_character))
    throw refuse("InvalidArgument", "Invalid version id specified");
  return s3::VersionId(*text);
}

std::string_view replication_status_text(s3::ReplicationStatus status) {
  switch (status) {
    case s3::ReplicationStatus::none:
      return "";
    case s3::ReplicationStatus::pending:
      return "PENDING";
    case s3::ReplicationStatus::completed:
      return "COMPLETED";
    case s3::ReplicationStatus::failed:
      return "FAILED";
    case s3::ReplicationStatus::replica:
      return "REPLICA";
  }
  return "";
}

void add_version_headers(Headers& headers, const BucketRow& bucket, const VersionRow& row) {
  headers.set("Last-Modified", to_http_date(row.created));
  if (!row.is_marker) headers.set("ETag", s3::quote_etag(row.etag));
  if (bucket.versioning != s3::Versioning::never_enabled)
    headers.set("x-amz-version-id", row.version_id.text());
  const auto status = replication_status_text(row.replication_status);
  if (!status.empty()) headers.set("x-amz-replication-status", std::string(status));
}

void add_checksum_headers(Headers& headers, const VersionRow& row) {
  add_checksum_headers(headers, row, row.checksum_value);
}

void add_checksum_headers(Headers& headers, const VersionRow& row, const std::string& value) {
  const auto algorithm = aws::checksum_of_s3_name(row.checksum_algorithm);
  if (!algorithm || value.empty()) return;
  headers.set(std::string(aws::header_name(*algorithm)), value);
  headers.set("x-amz-checksum-type", row.checksum_type);
}

s3::Checksums checksums_of(const VersionRow& row) {
  s3::Checksums result;
  if (!row.checksum_value.empty()) result.emplace(row.checksum_algorithm, row.checksum_value);
  return result;
}

Found find_for_reading(RegionContext& region, const BucketRow& bucket, const Request& request) {
  const auto version_id = version_id_of(request);
  Connection& db = region.database.reader();
  Found found;
  auto row = version_id ? find_version(db, bucket.id, request.key, *version_id)
                        : find_latest(db, bucket.id, request.key);
  if (!row) {
    found.refusal = refusal(
        request, version_id
                     ? refuse("NoSuchVersion", "The specified version does not exist.")
                     : absence(region, request, refuse("NoSuchKey", "The specified key does not exist.")));
    return found;
  }
  if (!row->is_marker) {
    found.row = std::move(row);
    return found;
  }
  if (!version_id) {
    const Error error = absence(region, request, refuse("NoSuchKey", "The specified key does not exist."));
    found.refusal = refusal(request, error);
    if (error.code() != "NoSuchKey") return found;
  } else {
    found.refusal = refusal(
        request, refuse("MethodNotAllowed", "The specified method is not allowed against this resource."));
    found.refusal.headers.set("Allow", "DELETE");
  }
  found.refusal.headers.set("x-amz-delete-marker", "true");
  add_version_headers(found.refusal.headers, bucket, *row);
  return found;
}

}  // namespace s3dr::cloud
