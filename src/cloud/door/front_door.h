// The front door: an HTTP request becomes a verified Request, or a refusal. Nothing is looked up for a
// stranger: the signature is checked before bucket, key or operation matter. The router (cloud/process/router.h)
// comes next.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

struct RequestIds {
  std::string request_id;  // 16 upper-case hex digits
  std::string host_id;
};
RequestIds new_request_ids(Random& random);

struct Refused {
  Error error;
  std::vector<std::pair<std::string, std::string>> extra;  // further elements of the <Error> document
};

// Takes the body out of `http`; everything else of it stays. Fails closed: no authentication, an unknown key,
// scheme, service, payload mode, a wrong region (AuthorizationHeaderMalformed with <Region>) are refused with
// S3's codes. The body of the result undoes aws-chunked and raises corrupt/denied where hash, chunk
// signatures or trailer do not fit.
std::expected<Request, Refused> admit(RegionContext& region, HttpRequest& http, RequestIds ids);

// For operations without a body: reads it to its end all the same, so that a bad hash, checksum or chunk
// signature is refused before anything happens. Refuses more than 64 KiB.
Task<> drain_body(Request& request);

}  // namespace s3dr::cloud
