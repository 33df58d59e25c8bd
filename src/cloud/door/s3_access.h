// Which action on which resource an S3 request needs, and whether its caller may (cloud/door/authorizer.h answers
// that). Names that differ from the API's: aws docs, Actions, resources, and condition keys for Amazon S3;
// docs/protocol.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/door/authorizer.h"
#include "cloud/door/route.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// What can be told from the line and the headers; what stands in a body is asked by the operation itself
// (require_access_to). Empty: the operation asks for all of it, or addresses a bucket of another region.
std::vector<Access> needed_access(RegionContext& region, const Route& route, const Request& request);

// An access to a bucket of this region or to an object in it, with owner and policy of the bucket.
Access bucket_access(RegionContext& region, const Request& request, std::string_view action,
                     const std::string& bucket, std::string_view key = "");

// Refuses AccessDenied, naming principal, action and resource; otherwise the request counts as admitted.
// Before anything is told of the bucket, but for the region it is in.
void authorize(RegionContext& region, const Route& route, Request& request);

// S3 tells a caller that an object is not there only if it may list the bucket: `not_there` or AccessDenied.
Error absence(RegionContext& region, const Request& request, Error not_there);

// The refusal for one access more than the door asked for; nullopt: it is allowed.
std::optional<Error> why_refused(RegionContext& region, const Request& request, const Access& access);

}  // namespace s3dr::cloud
