// The operations on objects, versions and multipart uploads, by file. Only the router
// (cloud/process/router.cc) calls them. Each one gets an authenticated request and returns an answer,
// or throws refuse(...).
#pragma once

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

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

}  // namespace s3dr::cloud
