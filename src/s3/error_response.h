// S3's own error codes, and the <Error> document both ways.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/http_message.h"

namespace s3dr::s3 {

// What a caller can do about an answer with this status and code (docs/protocol.md, Signing and Errors and
// common headers, §8.3):
//   5xx                                   unavailable
//   503 SlowDown, 429                     throttled
//   401, 403                              denied
//   404                                   not_found
//   412, 409 ConditionalRequestConflict   precondition_failed
//   405, 501                              unsupported
// A 500 after a write may be outcome_unknown: the client judges that.
ErrorKind kind_of(int status, std::string_view code);

// The HTTP status with which S3 sends this code; 400 for an unknown code.
int status_of(std::string_view code);

// An Error from a response whose status is not 2xx, or from a 200 with an <Error> root. A body that is empty,
// oversized or not XML still gives a usable Error. Reads x-amz-request-id, x-amz-bucket-region and <Region>.
Error error_from_response(int status, const Headers& headers, std::string_view body, std::string resource);

// The body of an error answer: <Error><Code/><Message/>…extra…<Resource/><RequestId/><HostId/></Error>.
std::string write_error(std::string_view code, std::string_view message, std::string_view resource,
                        std::string_view request_id, std::string_view host_id,
                        const std::vector<std::pair<std::string, std::string>>& extra = {});

}  // namespace s3dr::s3
