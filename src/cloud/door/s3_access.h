// Which action on which resource an S3 request needs. Whether the caller may do it: cloud/door/authorizer.h.
// Some actions are named unlike their API operation. Source: AWS Service Authorization Reference, "Actions,
// resources, and condition keys for Amazon S3"; docs/protocol.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/door/authorizer.h"
#include "cloud/door/condition_keys.h"
#include "cloud/door/route.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// The accesses that follow from the request line, the headers and, for a route whose rights are in the body, the
// document (Route::rights_in_body). What else depends on the body, the operation itself asks for (why_refused).
// Empty: the operation asks for everything itself, or the bucket is in another region.
std::vector<Access> needed_access(RegionContext& region, const Route& route, const Request& request);

// An access to a bucket of this region or to an object in it, with the owner and the policy of the bucket and with
// the condition keys of the action.
Access bucket_access(RegionContext& region, const Request& request, std::string_view action,
                     const S3Subject& subject);

// The same for a bucket that the request is about to create. Another account's bucket of that name is not asked: the
// operation answers that the name is taken.
Access new_bucket_access(RegionContext& region, const Request& request, std::string_view action,
                         const std::string& bucket);

// Refuses AccessDenied and names principal, action and resource. Otherwise sets request.admitted.
// It runs before an answer says anything about the bucket, except which region it is in. A request that nobody
// signed gets what a bucket's policy gives to everybody, and learns nothing else.
void authorize(RegionContext& region, const Route& route, Request& request);

// S3 says that an object does not exist only to a caller who may list the bucket, with the key as s3:prefix. Returns
// `not_there` for such a caller, else AccessDenied.
Error absence(RegionContext& region, const Request& request, Error not_there);

// The refusal of one more access, which the door has not asked for; nullopt: it is allowed.
std::optional<Error> why_refused(RegionContext& region, const Request& request, const Access& access);

}  // namespace s3dr::cloud
