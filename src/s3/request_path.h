// Where an S3 request points: the request target taken apart and put together. Used by the client, the cloud
// and their signature checks, so that all see one and the same bucket and key. Percent-encoding is undone
// exactly once, nothing is normalised: `//`, `.` and `..` are parts of keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/names.h"

namespace s3dr::s3 {

struct QueryParameter {
  std::string name;
  std::string value;
  bool has_value = true;  // false: "?versions", without '='
  bool operator==(const QueryParameter&) const = default;
};

// Decoded query parameters in the order of the request.
class Query {
 public:
  Query() = default;
  Query(std::vector<QueryParameter> parameters) : parameters_(std::move(parameters)) {}
  // Decodes "a=1&versions"; '+' is a blank. nullopt for a broken escape.
  static std::optional<Query> parse(std::string_view raw_query);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const std::string* find(std::string_view name) const;  // the first one's value; nullptr: not there
  std::string get_or(std::string_view name, std::string_view otherwise) const;
  void add(std::string name, std::string value);
  void add_flag(std::string name);  // "?versions"
  const std::vector<QueryParameter>& parameters() const { return parameters_; }
  bool empty() const { return parameters_.empty(); }
  std::string encode() const;  // without '?'; a blank is %20
  bool operator==(const Query&) const = default;

 private:
  std::vector<QueryParameter> parameters_;
};

// A target as on the wire in its two halves, still encoded. Views into `target`.
struct SplitTarget {
  std::string_view path;
  std::string_view query;  // without '?'
};
SplitTarget split_target(std::string_view target);

// What a request names. `bucket` is text as it came: check it with BucketName. Both empty: the service ("GET
// /"); only the key empty: the bucket.
struct RequestAddress {
  std::string bucket;
  ObjectKey key;
  Query query;
  bool virtual_hosted = false;
  bool operator==(const RequestAddress&) const = default;
};

// Reads a target ("/bucket/key?versions"). The bucket comes from `host` (a Host header, port allowed) if that
// is
// "<bucket>.<base>" for one of `base_domains`, else from the path. Raises invalid (InvalidURI) for a target
// that is not in origin form, has a broken escape, raw blanks, control characters, non-ASCII bytes or '#', or
// a path that begins with "//" where a bucket is expected.
RequestAddress parse_request_address(std::string_view target, std::string_view host = {},
                                     const std::vector<std::string>& base_domains = {});

// Path-style targets. An empty key gives "/bucket".
std::string service_target(const Query& query = {});
std::string bucket_target(const BucketName& bucket, const Query& query = {});
std::string object_target(const BucketName& bucket, const ObjectKey& key, const Query& query = {});

// x-amz-copy-source: "/bucket/key%20x?versionId=…", the leading slash optional.
struct CopySource {
  std::string bucket;
  ObjectKey key;
  VersionId version_id;  // empty: the current version
  bool operator==(const CopySource&) const = default;
};
std::optional<CopySource> parse_copy_source(std::string_view header);
std::string to_copy_source(const BucketName& bucket, const ObjectKey& key, const VersionId& version_id = {});

}  // namespace s3dr::s3
