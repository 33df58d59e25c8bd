// The headers that describe one version, and the version that a request names.
#pragma once

#include <optional>

#include "cloud/objects/object_table.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// The versionId of the query. Refuses InvalidArgument for what cannot be one.
std::optional<s3::VersionId> version_id_of(const Request& request);

// "Last-Modified", "ETag", x-amz-version-id (versioned buckets), replication status.
void add_version_headers(Headers& headers, const BucketRow& bucket, const VersionRow& row);
// x-amz-checksum-* and x-amz-checksum-type.
void add_checksum_headers(Headers& headers, const VersionRow& row);
// The same with another value: that of one part.
void add_checksum_headers(Headers& headers, const VersionRow& row, const std::string& value);
std::string_view replication_status_text(s3::ReplicationStatus status);  // "" for none

// The version that a GET or similar request names, or the answer that refuses it. For a delete marker that
// answer has the headers that S3 adds.
struct Found {
  std::optional<VersionRow> row;
  HttpResponse refusal;  // set if there is no row
};
Found find_for_reading(RegionContext& region, const BucketRow& bucket, const Request& request);

s3::Checksums checksums_of(const VersionRow& row);

}  // namespace s3dr::cloud
