// The receiving side of cross-region replication: takes a version in, compares its data with its checksum,
// and puts it where it belongs in its stack. Idempotent by (bucket, key, version id).
#pragma once

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// PUT /_internal/replica/<bucket>; the signature has been checked (cloud/door/internal_auth.h). Answers 200, or
// throws NoSuchBucket (404), the reason why the sender's role may not (403, cloud/replication/service_roles.h),
// InvalidBucketState (409: not versioned), VersionConflict (409: the id is taken by other data), BadDigest
// (400), InvalidRequest (400).
Task<HttpResponse> take_replica(RegionContext& region, HttpRequest request, std::string bucket);

}  // namespace s3dr::cloud
