// Writes a request as JSON the way CloudTrail does (docs/protocol.md, Events). Query and body are converted
// mechanically: a repeated element becomes an array, a single one a plain object, an empty one "".
#pragma once

#include <string>

#include "cloud/store/context.h"

namespace s3dr::cloud {

// The value of requestParameters: query parameters, bucketName, Host and the document of the request. For S3
// Control also resourceArn and tagKeys.
// Above 100 KB CloudTrail leaves out all of it and says so: {"omitted": true, …}.
std::string request_parameters(const Request& request);

}  // namespace s3dr::cloud
