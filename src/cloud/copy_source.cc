#include "cloud/copy_source.h"

#include <utility>

#include "base/encoding.h"
#include "cloud/bucket_table.h"
#include "cloud/conditions.h"
#include "cloud/s3_access.h"

namespace s3dr::cloud {
namespace {

struct SourceName {
  std::string bucket;
  s3::ObjectKey key;
  std::optional<s3::VersionId> version;
};

Error malformed() {
  return refuse("InvalidArgument",
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
}

SourceName parse_source(std::string_view header) {
  SourceName name;
  constexpr std::string_view version_mark = "?versionId=";
  if (const auto mark = header.rfind(version_mark); mark != std::string_view::npos) {
    const auto version = uri_decode(header.substr(mark + version_mark.size()));
    if (!version || version->empty()) throw refuse("InvalidArgument", "Invalid version id specified");
    name.version = s3::VersionId(*version);
    header = header.substr(0, mark);
  }
  const auto decoded = uri_decode(header);
  if (!decoded) throw malformed();
  std::string_view path = *decoded;
  if (path.starts_with("arn:"))
    throw refuse("NotImplemented", "Access points as a copy source are not implemented.");
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size()) throw malformed();
  name.bucket = std::string(path.substr(0, slash));
  name.key = s3::ObjectKey(std::string(path.substr(slash + 1)));
  return name;
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
  const auto header = request.headers.get("x-amz-copy-source");
  if (!header) throw malformed();
  const SourceName name = parse_source(*header);
  CopySource source;
  require_access(region, asker_of(request),
                 bucket_access(region, request, name.version ? "s3:GetObjectVersion" : "s3:GetObject",
                               name.bucket, name.key.bytes()));
  source.bucket = source_bucket(region, request, name.bucket);
  Connection& db = region.database.reader();
  auto row = name.version ? find_version(db, source.bucket.id, name.key, *name.version)
                          : find_latest(db, source.bucket.id, name.key);
  if (!row && name.version) throw refuse("NoSuchVersion", "The specified version does not exist.");
  if (row && row->is_marker && name.version)
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
