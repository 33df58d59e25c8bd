// The front door: turns an HTTP request into a verified Request or a refusal. The signature is checked first.
// Only then are bucket, key and operation looked at, so an unknown caller learns nothing about them. A request without
// a signature has no account and no caller: only what a bucket's policy gives to everybody is open to it
// (cloud/door/s3_access.h).
// The router (cloud/process/router.h) comes next.
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

// Takes the body out of `http` and leaves the rest. Refuses with S3's codes:
//   no authentication
//   an unknown key, scheme, service or payload mode
//   a wrong region: AuthorizationHeaderMalformed with <Region>
// Reading the result's body decodes aws-chunked. It raises corrupt or denied when the hash, a chunk signature
// or the trailer does not match.
std::expected<Request, Refused> admit(RegionContext& region, HttpRequest& http, RequestIds ids);

// For operations that use no body. Reads the body to its end, so that a bad hash, checksum or chunk signature
// is refused before anything changes. Refuses more than 64 KiB.
Task<> drain_body(Request& request);

}  // namespace s3dr::cloud
