// The receiving side of cross-region replication: reads a version, compares its data with its checksum, and
// puts it into its version stack at the right place. Idempotent by (bucket, key, version id).
#pragma once

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Handles PUT /_internal/replica/<bucket>. Needs: the signature was checked (cloud/door/internal_auth.h).
// Answers 200, or throws:
//   404 NoSuchBucket
//   403 the reason why the sender's role may not do this (cloud/replication/service_roles.h)
//   409 InvalidBucketState: the bucket is not versioned
//   409 VersionConflict: the version id has other data
//   400 BadDigest, InvalidRequest
Task<HttpResponse> take_replica(RegionContext& region, HttpRequest request, std::string bucket);

}  // namespace s3dr::cloud
