// Where an S3 request points: reads bucket, key and query from a request target, and writes them. The client,
// the cloud and their signature checks use it. So all see the same bucket and key. Percent-encoding is undone
// exactly once. Nothing is normalised: `//`, `.` and `..` are parts of keys.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "aws/request_target.h"
#include "s3/names.h"

namespace s3dr::s3 {

// The path of S3 Control after the first slash. Reserved on the hosts of the service.
inline constexpr std::string_view control_prefix = "v20180820/";

// The part of a Host header (port allowed) before one of `base_domains`, in lower case: "photos" in
// "photos.localhost:9101". The first base that fits counts. Empty: none fits, or nothing stands before it.
std::string subdomain_of(std::string_view host, std::span<const std::string> base_domains);

// What a request names. `bucket` is the text as it came: check it with BucketName. Both empty: the service
// ("GET /"). Only the key empty: the bucket.
struct RequestAddress {
  std::string bucket;
  ObjectKey key;
  aws::QueryParameters query;
  bool operator==(const RequestAddress&) const = default;
};

// Reads a target ("/bucket/key?versions"). The bucket is `hosted_bucket`, the name from the host, if there is
// one; else it comes from the path.
// Raises invalid (InvalidURI) for a target that is not in origin form; for a broken escape; for raw blanks,
// control characters, non-ASCII bytes or '#'; and for a path that begins with "//" where a bucket is
// expected.
RequestAddress parse_request_address(std::string_view target, std::string_view hosted_bucket = {});

// "/bucket/key%20x?versions&prefix=a". `bucket_path` is "/bucket"; it is empty when the host names the bucket
// or when the service itself is meant. An empty key gives the target of the bucket.
std::string object_target(std::string_view bucket_path, const ObjectKey& key,
                          const aws::QueryParameters& query = {});

// x-amz-copy-source: "/bucket/key%20x?versionId=…". The leading slash is optional.
struct CopySource {
  std::string bucket;  // text as it came; of an access point it begins with "arn:"
  ObjectKey key;
  VersionId version_id;  // empty: the current version
  bool operator==(const CopySource&) const = default;
};
enum class CopySourceFault { no_bucket_and_key, bad_version_id };
std::expected<CopySource, CopySourceFault> parse_copy_source(std::string_view header);

}  // namespace s3dr::s3
