// The source of CopyObject and UploadPartCopy. A header names it. Reading it needs the rights of a GET, and
// its conditions are checked.
#pragma once

#include "aws/checksum.h"
#include "cloud/objects/object_range.h"
#include "cloud/objects/object_table.h"
#include "cloud/objects/payload.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

struct CopySource {
  BucketRow bucket;
  VersionRow row;
};

// Reads x-amz-copy-source, x-amz-copy-source-if-* and x-amz-source-expected-bucket-owner. Refuses:
//   InvalidArgument, NoSuchBucket, NoSuchKey, NoSuchVersion, PreconditionFailed
//   AccessDenied     another account's bucket
//   NotImplemented   a bucket of another region; access points
//   InvalidRequest   a delete marker; more than 5 GiB, unless a part is copied
CopySource find_copy_source(RegionContext& region, const Request& request, bool is_part = false);

// Copies those bytes of the source into a new body. A whole object is compared with its recorded checksum
// while it is read, so corrupt bytes are not copied.
Task<Received> copy_body(RegionContext& region, const CopySource& source, s3::ByteRange range,
                         aws::ChecksumAlgorithm algorithm);

}  // namespace s3dr::cloud
