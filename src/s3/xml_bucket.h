// XML codecs of bucket documents.
// - ..._request: the client writes it and the server parses it.
// - ..._result: the server writes it and the client parses it.
// - Neither of them in the name: a document that is sent to be stored and is returned later.
// - write_* gives the bytes that are sent, with declaration and namespace.
// - parse_* accepts unknown elements and any namespace. It raises Error invalid (MalformedXML) for what it
//   cannot understand.
// - parse(write(x)) == x (tested with random values).
// - No DTD, depth ≤ 64. The caller limits the size.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "s3/bucket.h"
#include "s3/names.h"
#include "s3/replication_configuration.h"
#include "s3/tag.h"

namespace s3dr::s3 {

struct CreateBucketConfiguration {
  std::string location_constraint;  // empty: none given
  TagSet tags;
  bool operator==(const CreateBucketConfiguration&) const = default;
};
std::string write_create_bucket_request(const CreateBucketConfiguration& value);
CreateBucketConfiguration parse_create_bucket_request(std::string_view xml);  // empty text: empty value

std::string write_versioning(Versioning value);
// Without Status the value is never_enabled, as in the answer to a GET. The server refuses such a body in a
// PUT.
Versioning parse_versioning(std::string_view xml);

std::string write_tagging(const TagSet& tags);  // <Tagging><TagSet>…
TagSet parse_tagging(std::string_view xml);

std::string write_location_result(const Region& region);  // us-east-1 → empty element

std::string write_list_buckets_result(const BucketPage& page, std::string_view prefix,
                                      std::string_view owner_id, bool with_region);
BucketPage parse_list_buckets_result(std::string_view xml);

std::string write_replication_configuration(const ReplicationConfiguration& value);
ReplicationConfiguration parse_replication_configuration(std::string_view xml);

// S3 Control tags (docs/protocol.md, Bucket tags through S3 Control).
std::string write_tag_resource_request(const TagSet& tags);
TagSet parse_tag_resource_request(std::string_view xml);
std::string write_list_tags_for_resource_result(const TagSet& tags);

}  // namespace s3dr::s3
