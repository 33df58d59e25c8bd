// XML codecs of bucket documents.
// Names: ..._request is what the client writes and the server parses; ..._result is what the server writes and the
// client parses. A name without either is of a document that goes both ways: sent to be stored, and given back.
// write_* gives the bytes sent (declaration and namespace included); parse_*
// tolerates unknown elements and any namespace, and raises Error invalid (MalformedXML) for what it cannot
// understand. Round trip: parse(write(x)) == x (property-tested). No DTD, depth ≤ 64, size limited by the
// caller.
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
// A body without Status is never_enabled when read from a GET; the server refuses it in a PUT.
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
