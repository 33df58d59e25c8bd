#include <map>
#include <span>
#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/buckets/in_progress.h"
#include "cloud/door/answer.h"
#include "cloud/objects/lifecycle_run.h"
#include "cloud/objects/listing_parameters.h"
#include "cloud/objects/object_commit.h"
#include "cloud/objects/object_range.h"
#include "cloud/objects/operations.h"
#include "cloud/objects/upload_table.h"
#include "cloud/objects/version_headers.h"
#include "cloud/store/bucket_table.h"
#include "s3/xml_object.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t complete_document_bytes_max = 4 * 1024 * 1024;
constexpr std::uint64_t part_bytes_min = 5 * 1024 * 1024;  // of every part but the last
constexpr int parts_max = 10'000;
constexpr std::size_t piece_bytes = 256 * 1024;
constexpr milliseconds look_again{100};  // whether the request that came first is done

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

// Content-MD5 and a trailer describe the document, but x-amz-checksum-* headers describe the object. So
// read_document is not used here.
void check_integrity(const Request& request, std::string_view text) {
  bool matches = true;
  if (const auto declared = request.headers.get("content-md5")) {
    const auto digest = from_base64(*declared);
    if (!digest || digest->size() != 16)
      throw refuse("InvalidDigest", "The Content-MD5 you specified was invalid.");
    matches = *digest == aws::md5(text);
  }
  if (request.trailers) {
    for (const Header& field : *request.trailers) {
      const auto algorithm = aws::checksum_of_header(field.name);
      if (algorithm) matches = matches && aws::checksum_base64(*algorithm, text) == field.value;
    }
  }
  if (!matches) throw refuse("BadDigest", "The checksum you specified did not match what we received.");
}

Task<std::string> read_part_list(Request& request) {
  std::string text;
  std::vector<char> buffer(16 * 1024);
  while (request.body != nullptr) {
    const std::size_t count = co_await request.body->read(std::span<char>(buffer));
    if (count == 0) break;
    if (text.size() + count > complete_document_bytes_max)
      throw refuse("MaxMessageLengthExceeded", "Your request was too big.");
    text.append(buffer.data(), count);
  }
  check_integrity(request, text);
  co_return text;
}

// The checksums that the client lists for a part of an upload that has asked for an algorithm. Refuses InvalidRequest (the
// object's checksum is made of those of the parts, and this one's is missing), InvalidArgument (several), BadDigest (of
// another algorithm).
void check_listed_checksum(const UploadRow& upload, const s3::CompletedPart& part) {
  if (!upload.asked_algorithm) return;
  const std::string number = std::to_string(part.part_number);
  const std::string algorithm(aws::s3_name(*upload.asked_algorithm));
  if (part.checksums.size() > 1)
    throw refuse("InvalidArgument", "More than one checksum is given for part " + number + ".");
  if (part.checksums.empty()) {
    if (upload.checksum_type != aws::ChecksumType::composite) return;
    throw refuse("InvalidRequest", "The upload was created using a " + lower_case(algorithm) +
                                       " checksum. The complete request must include the checksum for each "
                                       "part. It was missing for part " +
                                       number + " in the request.");
  }
  const std::string& given = part.checksums.begin()->first;
  if (given != algorithm)
    throw refuse("BadDigest", "The " + lower_case(given) + " you specified for part " + number +
                                  " did not match what we received.");
}

// The parts the client lists, as they are in the upload.
// Refuses MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall, and what check_listed_checksum refuses.
std::vector<PartRow> chosen_parts(const UploadRow& upload, const std::vector<PartRow>& uploaded,
                                  const std::vector<s3::CompletedPart>& listed) {
  if (listed.empty())
    throw refuse("MalformedXML",
                 "The XML you provided was not well-formed or did not validate against our published schema");
  std::map<int, const PartRow*> by_number;
  for (const PartRow& part : uploaded) by_number.emplace(part.number, &part);
  std::vector<PartRow> chosen;
  int previous = 0;
  for (const s3::CompletedPart& item : listed) {
    if (item.part_number <= previous)
      throw refuse("InvalidPartOrder",
                   "The list of parts was not in ascending order. Parts must be ordered by part number.");
    previous = item.part_number;
    const auto found = by_number.find(item.part_number);
    const auto checksum = item.checksums.find(std::string(aws::s3_name(upload.algorithm())));
    if (found == by_number.end() || found->second->etag != unquoted(item.etag) ||
        (checksum != item.checksums.end() && checksum->second != found->second->checksum))
      throw refuse(
          "InvalidPart",
          "One or more of the specified parts could not be found. The part may not have been uploaded, or "
          "the specified entity tag may not match the part's entity tag.");
    check_listed_checksum(upload, item);
    chosen.push_back(*found->second);
  }
  for (std::size_t i = 0; i + 1 < chosen.size(); ++i)
    if (chosen[i].size < part_bytes_min)
      throw refuse("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
  return chosen;
}

// `digests`: the MD5s of the parts, concatenated.
std::string multipart_etag(std::string_view digests, std::size_t parts) {
  return to_hex(aws::md5(digests)) + "-" + std::to_string(parts);
}

// The version of an upload that is already completed: a client that got no answer asks again. Its conditions
// were met then, so they are not checked again.
// Refuses InvalidPart if the request lists other parts than that version has.
std::optional<VersionRow> completed_before(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                           std::string_view upload_id,
                                           const std::vector<s3::CompletedPart>& listed) {
  const auto id = find_completed(db, upload_id);
  if (!id) return std::nullopt;
  auto row = find_version(db, *id);
  if (!row || row->bucket != bucket || row->key != key) return std::nullopt;
  std::string digests;
  std::vector<int> numbers, numbers_then;
  for (const s3::CompletedPart& part : listed) {
    digests += from_hex(unquoted(part.etag)).value_or("");
    numbers.push_back(part.part_number);
  }
  for (const PartOfObject& part : parts_of(*row)) numbers_then.push_back(part.number);
  if (numbers != numbers_then || row->etag != multipart_etag(digests, listed.size()))
    throw refuse("InvalidPart", "The upload has been completed with other parts than these.");
  return row;
}

// ETag, checksum, size and part list of the object that the parts make up.
VersionRow describe_object(const UploadRow& upload, const std::vector<PartRow>& parts) {
  VersionRow row;
  row.key = upload.key;
  row.system_metadata = upload.system_metadata;
  row.user_metadata = upload.user_metadata;
  row.tags = upload.tags;
  std::string digests;
  std::vector<aws::PartChecksum> checksums;
  std::vector<PartOfObject> list;
  for (const PartRow& part : parts) {
    row.size += part.size;
    digests += from_hex(part.etag).value_or("");
    checksums.push_back({from_base64(part.checksum).value_or(""), part.size});
    list.push_back({part.number, part.size, upload.asked_algorithm ? part.checksum : std::string()});
  }
  row.etag = multipart_etag(digests, parts.size());
  row.parts = parts_to_json(list);
  row.checksum_algorithm = std::string(aws::s3_name(upload.algorithm()));
  row.checksum_type = std::string(aws::s3_name(upload.checksum_type));
  if (upload.checksum_type == aws::ChecksumType::composite) {
    row.checksum_value = aws::composite_base64(upload.algorithm(), checksums);
  } else {
    const auto whole = aws::full_object_base64(upload.algorithm(), checksums);
    if (!whole) throw Error(ErrorKind::corrupt, "the checksums of the parts cannot be combined");
    row.checksum_value = *whole;
  }
  return row;
}

void check_declared(const Request& request, const VersionRow& row) {
  if (const auto size = request.headers.get("x-amz-mp-object-size");
      size && *size != std::to_string(row.size))
    throw refuse("InvalidRequest",
                 "The provided 'x-amz-mp-object-size' header value does not match what was computed.");
  if (const auto type = request.headers.get("x-amz-checksum-type"); type && *type != row.checksum_type)
    throw refuse("InvalidRequest",
                 "The upload was created using the " + row.checksum_type +
                     " checksum mode. The complete request must use the same checksum mode.");
  for (const Header& field : request.headers) {
    const auto algorithm = aws::checksum_of_header(field.name);
    if (!algorithm) continue;
    if (!aws::is_well_formed(*algorithm, aws::ChecksumType::full_object, field.value) &&
        !aws::is_well_formed(*algorithm, aws::ChecksumType::composite, field.value))
      throw refuse("InvalidRequest",
                   "Value for " + std::string(aws::header_name(*algorithm)) + " header is invalid.");
    // Without the number of parts that ends a composite one, it is as good: minio-go sends it so.
    const bool equal = field.value == row.checksum_value ||
                       (row.checksum_type == aws::s3_name(aws::ChecksumType::composite) &&
                        field.value == row.checksum_value.substr(0, row.checksum_value.rfind('-')));
    if (aws::s3_name(*algorithm) != row.checksum_algorithm || !equal)
      throw refuse("BadDigest", "The " + std::string(aws::s3_name(*algorithm)) +
                                    " you specified did not match the calculated checksum.");
  }
}

// Makes one body of all parts, so that reading the object does not depend on parts.
Task<StoredBody> concatenate(RegionContext& region, const std::vector<PartRow>& parts) {
  auto writer = region.bodies.create();
  std::vector<char> buffer(piece_bytes);
  for (const PartRow& part : parts) {
    if (!part.body) continue;
    auto reader = region.bodies.open(*part.body, 0, part.size);
    while (const std::size_t count = co_await reader->read(std::span<char>(buffer)))
      co_await writer->write(std::span<const char>(buffer.data(), count));
  }
  std::string id = co_await writer->finish();
  co_return StoredBody(region.bodies, std::move(id));
}

bool same_parts(const std::vector<PartRow>& a, const std::vector<PartRow>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].number != b[i].number || a[i].body != b[i].body) return false;
  return true;
}

std::string object_location(const Request& request) {
  const std::string host(request.headers.get_or("host", "localhost"));
  return std::string(request.tls ? "https" : "http") + "://" + host + "/" + request.bucket_text + "/" +
         uri_encode(request.key.bytes(), Slash::keep);
}

HttpResponse completed_answer(RegionContext& region, const Request& request, const VersionRow& row,
                              bool bucket_is_versioned) {
  s3::CompleteResult result;
  result.location = object_location(request);
  result.bucket = request.bucket_text;
  result.key = request.key;
  result.etag = row.etag;
  result.checksums = checksums_of(row);
  result.checksum_type = row.checksum_type;
  HttpResponse response = xml_answer(s3::write_complete_multipart_upload_result(result));
  if (bucket_is_versioned) response.headers.set("x-amz-version-id", row.version_id.text());
  add_expiration_header(region, response.headers, row);
  return response;
}

}  // namespace

Task<HttpResponse> complete_multipart_upload(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const WriteCondition condition = write_condition_of(request.headers);
  const std::string upload_id = parameter(request, "uploadId");
  const auto listed = s3::parse_complete_multipart_upload_request(co_await read_part_list(request));
  // A client that timed out repeats its request while the first one is still running: the second waits, so
  // that the parts are not copied twice.
  while (region.uploads_completing.contains(upload_id)) co_await region.clock.sleep(look_again);
  const InProgress completing(region.uploads_completing, upload_id);
  Connection& reader = region.database.reader();
  if (const auto row = completed_before(reader, bucket.id, request.key, upload_id, listed)) {
    check_declared(request, *row);
    co_return completed_answer(region, request, *row, !row->version_id.is_null());
  }

  const UploadRow upload = require_upload(reader, bucket.id, request.key, upload_id);
  const auto parts = chosen_parts(upload, list_part_rows(reader, upload.id, 0, parts_max), listed);
  VersionRow row = describe_object(upload, parts);
  check_declared(request, row);
  StoredBody body;
  // The body of a single part becomes the object's body without a copy.
  const bool takes_over = parts.size() == 1;
  if (!takes_over && row.size > 0) body = co_await concatenate(region, parts);
  row.body = takes_over ? parts.front().body : body.id();

  const s3::VersionId fresh_id = fresh_version_id(region.random);
  const Committed committed = co_await region.database.write([&](Connection& db) {
    const Instant now = region.clock.now();
    // A part may have been replaced, or the upload may have ended, while the bytes were copied.
    const UploadRow current = require_upload(db, bucket.id, request.key, upload_id);
    if (!same_parts(parts, chosen_parts(current, list_part_rows(db, current.id, 0, parts_max), listed)))
      throw refuse("ConditionalRequestConflict",
                   "A part was uploaded again while the upload was being completed.");
    Committed result = commit_newest(db, bucket.id, row, condition, fresh_id, now);
    for (std::string& part_body : remove_upload(db, current.id))
      if (part_body != row.body) result.replaced_bodies.push_back(std::move(part_body));
    remember_completed(db, upload_id, result.row.id);
    body.keep();
    return result;
  });
  after_commit(region, committed);
  co_return completed_answer(region, request, committed.row, committed.bucket_is_versioned);
}

}  // namespace s3dr::cloud
