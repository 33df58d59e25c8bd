// The operations on buckets and their settings, by file.
// Only the router (cloud/process/router.cc) calls them.
// Each one gets an authenticated request and returns an answer, or throws refuse(...).
#pragma once

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

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
// bucket_policy.cc
Task<HttpResponse> get_bucket_policy(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_policy(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket_policy(RegionContext& region, Request& request);
Task<HttpResponse> get_bucket_policy_status(RegionContext& region, Request& request);
// bucket_lifecycle.cc
Task<HttpResponse> get_bucket_lifecycle(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_lifecycle(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket_lifecycle(RegionContext& region, Request& request);
// bucket_settings.cc: the settings of cloud/settings/setting_kinds.h, by the subresource
Task<HttpResponse> get_bucket_setting(RegionContext& region,
                                      Request& request);  // also the list of a kind with ids
Task<HttpResponse> put_bucket_setting(RegionContext& region, Request& request);
Task<HttpResponse> delete_bucket_setting(RegionContext& region, Request& request);
// bucket_acl.cc
Task<HttpResponse> get_bucket_acl(RegionContext& region, Request& request);
Task<HttpResponse> put_bucket_acl(RegionContext& region, Request& request);
// bucket_cors.cc: OPTIONS, and what an answer to a page of another origin says more. The second never fails a request.
Task<HttpResponse> answer_preflight(RegionContext& region, Request& request);
void add_cors_headers(RegionContext& region, const Request& request, HttpResponse& response);
// control_tags.cc: TagResource, UntagResource, ListTagsForResource
Task<HttpResponse> control_tags(RegionContext& region, Request& request);

}  // namespace s3dr::cloud
