#include "client/s3/object_writer.h"

#include <algorithm>
#include <utility>

#include "client/s3/answers.h"
#include "client/s3/upload_body.h"
#include "s3/http_fields.h"
#include "s3/xml_bucket.h"

namespace s3dr::client {
namespace {

constexpr const char* xml_type = "application/xml";

void add_header(Headers& headers, std::string name, const std::string& value) {
  const bool name_fits = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  const bool value_fits = std::none_of(
      value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!name_fits || !value_fits) {
    throw Error(ErrorKind::invalid, "metadata \"" + name + "\" does not fit into an HTTP header")
        .with_advice("names are letters, digits and -_. ; values are one line of text");
  }
  headers.add(std::move(name), value);
}

void add_options(Headers& headers, const PutOptions& options) {
  for (const auto& [name, value] : options.system_metadata) add_header(headers, name, value);
  for (const auto& [name, value] : options.user_metadata) add_header(headers, "x-amz-meta-" + name, value);
  if (!options.tags.empty()) headers.add("x-amz-tagging", s3::to_tagging_header(options.tags));
  if (!options.storage_class.empty()) add_header(headers, "x-amz-storage-class", options.storage_class);
  if (!options.if_match.empty()) add_header(headers, "If-Match", options.if_match);
  if (options.if_none_match) headers.add("If-None-Match", "*");
}

s3::VersionId version_of(const Headers& headers) {
  return s3::VersionId(std::string(headers.get_or("x-amz-version-id", "null")));
}

}  // namespace

ObjectWriter::ObjectWriter(S3Client& client, s3::AccountId account)
    : client_(client), account_(std::move(account)) {}

S3Call ObjectWriter::object_call(const char* method, s3::BucketName bucket, s3::ObjectKey key) const {
  S3Call call;
  call.method = method;
  call.bucket = std::move(bucket);
  call.key = std::move(key);
  call.owner = account_;
  call.repeatable = Repeatable::only_unsent;
  return call;
}

Task<StreamedUpload> ObjectWriter::streamed(BodySource source, std::uint64_t offset, std::uint64_t length) {
  StreamedUpload upload;
  upload.source = std::move(source);
  upload.offset = offset;
  upload.length = length;
  upload.checksum_algorithm = client_.options().upload_checksum;
  // Small bodies are hashed first everywhere: a header is understood by more stores than a trailer.
  constexpr std::uint64_t small = 64 * 1024;
  if (length <= small || !client_.uses_tls()) co_await digest_upload(upload);
  co_return std::move(upload);
}

Task<PutResult> ObjectWriter::put_object(s3::BucketName bucket, s3::ObjectKey key, BodySource source,
                                         PutOptions options) {
  S3Call call = object_call("PUT", std::move(bucket), std::move(key));
  add_options(call.headers, options);
  const std::uint64_t length = source.length;
  call.upload = co_await streamed(std::move(source), 0, length);
  const S3Answer answer = co_await client_.require(std::move(call));
  co_return PutResult{s3::unquote_etag(answer.headers.get_or("ETag", "")), version_of(answer.headers)};
}

Task<RemovedObject> ObjectWriter::delete_object(s3::BucketName bucket, s3::ObjectKey key,
                                                s3::VersionId version) {
  S3Call call = object_call("DELETE", std::move(bucket), std::move(key));
  if (!version.empty()) {
    call.query = {{"versionId", version.text()}};
    call.repeatable = Repeatable::always;  // deleting one version twice has the same result
  }
  const S3Answer answer = co_await client_.require(std::move(call));
  co_return RemovedObject{version_of(answer.headers),
                          answer.headers.get_or("x-amz-delete-marker", "") == "true"};
}

Task<s3::DeleteResult> ObjectWriter::delete_objects(s3::BucketName bucket,
                                                    std::vector<s3::DeleteRequest::Item> items) {
  const std::string resource = s3::bucket_url(bucket);
  S3Call call = object_call("POST", std::move(bucket), {});
  call.query = {{"delete", ""}};
  call.headers.add("Content-Type", xml_type);
  const bool all_versions = std::none_of(items.begin(), items.end(), [](const s3::DeleteRequest::Item& item) {
    return item.version_id.empty();
  });
  if (all_versions) call.repeatable = Repeatable::always;
  s3::DeleteRequest request;
  request.items = std::move(items);
  call.text = s3::write_delete_request(request);
  const S3Answer answer = co_await client_.require(std::move(call));
  co_return understood(answer, resource, s3::parse_delete_result);
}

Task<> ObjectWriter::put_object_tagging(s3::BucketName bucket, s3::ObjectKey key, s3::VersionId version,
                                        s3::TagSet tags) {
  S3Call call = object_call("PUT", std::move(bucket), std::move(key));
  call.repeatable = Repeatable::always;  // replaces the set
  call.query = {{"tagging", ""}};
  if (!version.empty()) call.query.emplace_back("versionId", version.text());
  call.headers.add("Content-Type", xml_type);
  call.text = s3::write_tagging(tags);
  co_await client_.require(std::move(call));
}

Task<s3::ObjectPage> ObjectWriter::list_objects(s3::BucketName bucket, ObjectListOptions options) {
  const std::string resource = s3::bucket_url(bucket);
  S3Call call = object_call("GET", std::move(bucket), {});
  call.repeatable = Repeatable::always;
  call.needs_document = true;
  call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", std::to_string(options.keys_max)}};
  if (!options.prefix.empty()) call.query.emplace_back("prefix", std::move(options.prefix));
  if (!options.delimiter.empty()) call.query.emplace_back("delimiter", std::move(options.delimiter));
  if (!options.start_after.empty()) call.query.emplace_back("start-after", std::move(options.start_after));
  if (!options.continuation_token.empty()) {
    call.query.emplace_back("continuation-token", options.continuation_token);
  }
  const S3Answer answer = co_await client_.require(std::move(call));
  s3::ObjectPage page = understood(answer, resource, s3::parse_list_objects_v2_result);
  if (page.is_truncated && (page.next.empty() || page.next == options.continuation_token)) {
    throw Error(ErrorKind::corrupt, "the listing is cut off and says no place to go on from")
        .with_resource(resource);
  }
  co_return page;
}

Task<> ObjectWriter::delete_bucket(s3::BucketName bucket) {
  co_await client_.require(object_call("DELETE", std::move(bucket), {}));
}

Task<UploadId> ObjectWriter::create_multipart_upload(s3::BucketName bucket, s3::ObjectKey key,
                                                     PutOptions options) {
  UploadId upload{bucket, key, ""};
  S3Call call = object_call("POST", std::move(bucket), std::move(key));
  call.query = {{"uploads", ""}};
  call.needs_document = true;
  options.if_match.clear();  // conditions belong to the completion
  options.if_none_match = false;
  add_options(call.headers, options);
  if (const auto algorithm = client_.options().upload_checksum) {
    call.headers.add("x-amz-checksum-algorithm", std::string(aws::s3_name(*algorithm)));
    const bool full = aws::allowed_for_multipart(*algorithm, aws::ChecksumType::full_object);
    const auto type = full ? aws::ChecksumType::full_object : aws::ChecksumType::composite;
    call.headers.add("x-amz-checksum-type", std::string(aws::s3_name(type)));
  }
  const std::string resource = resource_of(call);
  const S3Answer answer = co_await client_.require(std::move(call));
  upload.id = understood(answer, resource, s3::parse_initiate_multipart_upload_result).upload_id;
  if (upload.id.empty())
    throw Error(ErrorKind::corrupt, "the answer has no upload id").with_resource(resource);
  co_return upload;
}

Task<s3::CompletedPart> ObjectWriter::upload_part(UploadId upload, int part_number, BodySource source,
                                                  std::uint64_t offset, std::uint64_t length) {
  S3Call call = object_call("PUT", upload.bucket, upload.key);
  call.repeatable = Repeatable::always;
  call.query = {{"partNumber", std::to_string(part_number)}, {"uploadId", upload.id}};
  const std::string resource = resource_of(call);
  call.upload = co_await streamed(std::move(source), offset, length);
  const S3Answer answer = co_await client_.require(std::move(call));
  s3::CompletedPart part;
  part.part_number = part_number;
  part.etag = answer.headers.get_or("ETag", "");
  if (part.etag.empty())
    throw Error(ErrorKind::corrupt, "the answer to a part has no ETag").with_resource(resource);
  for (const aws::ChecksumAlgorithm algorithm : aws::checksum_algorithms) {
    if (const auto value = answer.headers.get(aws::header_name(algorithm))) {
      part.checksums.emplace(std::string(aws::s3_name(algorithm)), std::string(*value));
    }
  }
  co_return part;
}

Task<PutResult> ObjectWriter::complete_multipart_upload(UploadId upload,
                                                        std::vector<s3::CompletedPart> parts) {
  S3Call call = object_call("POST", upload.bucket, upload.key);
  call.repeatable = Repeatable::always;  // an upload id is used up by the first success
  call.late_answer = true;
  call.query = {{"uploadId", upload.id}};
  call.needs_document = true;
  call.headers.add("Content-Type", xml_type);
  call.text = s3::write_complete_multipart_upload_request(parts);
  const std::string resource = resource_of(call);
  const S3Answer answer = co_await client_.require(std::move(call));
  const s3::CompleteResult result = understood(answer, resource, s3::parse_complete_multipart_upload_result);
  co_return PutResult{s3::unquote_etag(result.etag), version_of(answer.headers)};
}

Task<> ObjectWriter::abort_multipart_upload(UploadId upload) {
  S3Call call = object_call("DELETE", upload.bucket, upload.key);
  call.repeatable = Repeatable::always;
  call.query = {{"uploadId", upload.id}};
  const S3Outcome outcome = co_await client_.call(std::move(call));
  if (!outcome && outcome.error().code() != "NoSuchUpload") throw outcome.error();
}

}  // namespace s3dr::client
