// The operations on replication settings and on batch jobs, by file. Only the router
// (cloud/process/router.cc) calls them. Each one gets an authenticated request and returns an answer,
// or throws refuse(...).
#pragma once

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// replication_settings.cc
Task<HttpResponse> get_bucket_replication(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_replication(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket_replication(RegionContext& region, Request& request);
// batch_operations.cc, by S3 Control
Task<HttpResponse> create_job(RegionContext& region, Request& request);
Task<HttpResponse> describe_job(RegionContext& region, Request& request);
Task<HttpResponse> list_jobs(RegionContext& region, Request& request);

}  // namespace s3dr::cloud
