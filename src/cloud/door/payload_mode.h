// Decodes the body of a verified request as its x-amz-content-sha256 says: hashed, unsigned, or one of the
// three aws-chunked modes. Part of the front door.
#pragma once

#include <optional>

#include "aws/sigv4_verify.h"
#include "base/http_message.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Moves the body of `http` into `request`. The body is decoded and checked while it is read. Removes
// "aws-chunked" from Content-Encoding. Returns a failure:
// MissingContentLength, or an announced trailer that is not allowed.
// nullopt: done.
std::optional<aws::AuthFailure> attach_body(Request& request, HttpRequest& http,
                                            const aws::Verified& verified);

}  // namespace s3dr::cloud
