// Every S3 operation of the embedded cloud, by file. The router (cloud/router.cc) is the only caller. Each
// one is given an authenticated request and answers, or throws refuse(...). What is not here answers 501.
#pragma once

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/context.h"

namespace s3dr::cloud {

using Operation = Task<HttpResponse> (*)(RegionContext& region, Request& request);

// bucket_operations.cc
Task<HttpResponse> list_buckets(RegionContext& region, Request& request);
Task<HttpResponse> create_bucket(RegionContext& region, Request& request);
Task<HttpResponse> head_bucket(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_location(RegionContext& region, Request& request);
// bucket_configuration.cc
Task<HttpResponse> get_bucket_versioning(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_versioning(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_tagging(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_tagging(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket_tagging(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_replication(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_replication(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket_replication(RegionContext& region, Request& request);
// bucket_policy.cc
Task<HttpResponse> get_bucket_policy(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_policy(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket_policy(RegionContext& region, Request& request);
// fixed_settings.cc: read only
Task<HttpResponse> get_bucket_acl(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_ownership_controls(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_request_payment(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_accelerate_configuration(RegionContext& region, Request& request);
Task<HttpResponse> get_public_access_block(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_encryption(RegionContext& region, Request& request);
Task<HttpResponse> get_object_lock_configuration(RegionContext& region, Request& request);
Task<HttpResponse> list_bucket_inventory(RegionContext& region, Request& request);
// s3_control.cc (paths below /v20180820/)
Task<HttpResponse> s3_control(RegionContext& region, Request& request);
// object_write.cc
Task<HttpResponse> put_object(RegionContext& region, Request& request);
Task<HttpResponse> copy_object(RegionContext& region, Request& request);
// object_read.cc
Task<HttpResponse> get_object(RegionContext& region, Request& request);
Task<HttpResponse> head_object(RegionContext& region, Request& request);
Task<HttpResponse> get_object_attributes(RegionContext& region, Request& request);
// object_delete.cc
Task<HttpResponse> delete_object(RegionContext& region, Request& request);
Task<HttpResponse> delete_objects(RegionContext& region, Request& request);
// object_tagging.cc
Task<HttpResponse> get_object_tagging(RegionContext& region, Request& request);
Task<HttpResponse> put_object_tagging(RegionContext& region, Request& request);
Task<HttpResponse> delete_object_tagging(RegionContext& region, Request& request);
// object_listing.cc
Task<HttpResponse> list_objects_v1(RegionContext& region, Request& request);
Task<HttpResponse> list_objects_v2(RegionContext& region, Request& request);
Task<HttpResponse> list_object_versions(RegionContext& region, Request& request);
// multipart.cc
Task<HttpResponse> create_multipart_upload(RegionContext& region, Request& request);
Task<HttpResponse> upload_part(RegionContext& region, Request& request);
Task<HttpResponse> upload_part_copy(RegionContext& region, Request& request);
Task<HttpResponse> complete_multipart_upload(RegionContext& region, Request& request);
Task<HttpResponse> abort_multipart_upload(RegionContext& region, Request& request);
Task<HttpResponse> list_parts(RegionContext& region, Request& request);
Task<HttpResponse> list_multipart_uploads(RegionContext& region, Request& request);
// batch_operations.cc, called by s3_control
Task<HttpResponse> create_job(RegionContext& region, Request& request);
Task<HttpResponse> describe_job(RegionContext& region, Request& request, std::string job_id);
Task<HttpResponse> list_jobs(RegionContext& region, Request& request);

}  // namespace s3dr::cloud
