// From one version to the headers that tell of it, and from a request to the version it names.
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
std::string_view replication_status_text(s3::ReplicationStatus status);  // "" for none

// The version a GET-like request names, or the answer that refuses it with the headers S3 adds (delete
// markers).
struct Found {
  std::optional<VersionRow> row;
  HttpResponse refusal;  // meaningful where there is no row
};
Found find_for_reading(RegionContext& region, const BucketRow& bucket, const Request& request);

s3::Checksums checksums_of(const VersionRow& row);

}  // namespace s3dr::cloud
