#include "cloud/objects/copy_source.h"

#include <utility>

#include "cloud/door/s3_access.h"
#include "cloud/objects/conditions.h"
#include "cloud/store/bucket_table.h"
#include "s3/request_path.h"

namespace s3dr::cloud {
namespace {

s3::CopySource named_source(const Request& request) {
  const auto header = request.headers.get("x-amz-copy-source");
  auto source = s3::parse_copy_source(header.value_or(""));
  if (!source) {
    if (source.error() == s3::CopySourceFault::bad_version_id)
      throw refuse("InvalidArgument", "Invalid version id specified");
    throw refuse("InvalidArgument",
                 "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  }
  if (source->bucket.starts_with("arn:"))
    throw refuse("NotImplemented", "Access points as a copy source are not implemented.");
  return std::move(*source);
}

BucketRow source_bucket(RegionContext& region, const Request& request, const std::string& name) {
  const auto bucket_name = s3::BucketName::parse(name);
  auto bucket = find_bucket(region.database.reader(), bucket_name.text());
  if (!bucket) {
    const auto owner = region.global.find_bucket(bucket_name);
    if (owner && owner->region != region.options.region)
      throw refuse("NotImplemented", "Copying from a bucket of another region is not implemented.");
    throw refuse("NoSuchBucket", "The specified bucket does not exist");
  }
  const auto expected = request.headers.get("x-amz-source-expected-bucket-owner");
  if (expected && *expected != bucket->account.text()) throw refuse("AccessDenied", "Access Denied");
  return std::move(*bucket);
}

}  // namespace

CopySource find_copy_source(RegionContext& region, const Request& request, bool is_part) {
  const s3::CopySource name = named_source(request);
  const bool with_version = !name.version_id.empty();
  CopySource source;
  const Access reading = bucket_access(region, request, with_version ? "s3:GetObjectVersion" : "s3:GetObject",
                                       {name.bucket, name.key.bytes(), name.version_id.text()});
  if (auto refused = why_refused(region, request, reading)) throw std::move(*refused);
  source.bucket = source_bucket(region, request, name.bucket);
  Connection& db = region.database.reader();
  auto row = with_version ? find_version(db, source.bucket.id, name.key, name.version_id)
                          : find_latest(db, source.bucket.id, name.key);
  if (!row && with_version) throw refuse("NoSuchVersion", "The specified version does not exist.");
  if (row && row->is_marker && with_version)
    throw refuse("InvalidRequest",
                 "The source of a copy request may not specifically refer to a delete marker by version id.");
  if (!row || row->is_marker) throw refuse("NoSuchKey", "The specified key does not exist.");
  source.row = std::move(*row);
  if (evaluate_read(request.headers, "x-amz-copy-source-", source.row) != ReadAnswer::full)
    throw refuse("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  if (!is_part && source.row.size > upload_bytes_max)
    throw refuse("InvalidRequest",
                 "The specified copy source is larger than the maximum allowable size for a copy source: "
                 "5368709120");
  return source;
}

Task<Received> copy_body(RegionContext& region, const CopySource& source, s3::ByteRange range,
                         aws::ChecksumAlgorithm algorithm) {
  std::unique_ptr<BodyReader> reader = text_reader({});
  if (source.row.body && range.length > 0)
    reader = region.bodies.open(*source.row.body, range.offset, range.length);
  Received received = co_await store_stream(region, *reader, algorithm);
  const bool comparable = range.length == source.row.size && source.row.checksum_type == "FULL_OBJECT" &&
                          source.row.checksum_algorithm == aws::s3_name(algorithm);
  if (comparable && received.checksum != source.row.checksum_value)
    throw Error(ErrorKind::corrupt, "the source of a copy does not match its checksum")
        .with_resource(s3::object_url(source.bucket.name, source.row.key));
  co_return received;
}

}  // namespace s3dr::cloud
