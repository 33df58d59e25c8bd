// What an error answer of a service other than S3 says. Query services write XML. JSON services write a body
// with "__type" or a header. Each service has codes of its own (docs/protocol/clients-and-credentials.md).
// The codes of S3 and the common ones are in s3/error_response.h. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http_message.h"

namespace s3dr::client {

// What a caller can do about an answer with this status and bare code. The rules of S3, and these:
// - an entity that exists already or is changing: precondition_failed (look again);
// - ConcurrentModification: unavailable (refused without effect: repeat);
// - a quota: invalid.
ErrorKind service_error_kind(int status, std::string_view code);

// An Error from an answer whose status is not 2xx. Its code comes without namespace ("com.amazonaws.sqs#")
// and without the part after a ':'. A body that is neither XML nor JSON still gives a usable Error.
Error error_from_service(int status, const Headers& headers, std::string_view body, std::string resource);

}  // namespace s3dr::client
