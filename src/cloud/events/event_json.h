// CloudTrail's way of writing a request as JSON (docs/protocol.md, Events): query and body turned over
// mechanically. A repeated element is an array, a single one a bare object, an empty one "".
#pragma once

#include <string>

#include "cloud/store/context.h"

namespace s3dr::cloud {

// The value of requestParameters: query parameters, bucketName, Host and the document of the request; for S3
// Control resourceArn and tagKeys. A document whose JSON would exceed 128 KiB is left out (EventBridge takes
// no events above 256 KiB).
std::string request_parameters(const Request& request);

}  // namespace s3dr::cloud
