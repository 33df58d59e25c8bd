// What an error answer of a service beside S3 says: Query services write XML, JSON services a body with
// "__type" or a header, and each has codes of its own (docs/protocol/clients-and-credentials.md). The codes
// of S3 and those common to all are s3/error_response.h's. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http_message.h"

namespace s3dr::client {

// What a caller can do about an answer with this status and bare code. Beside S3's rules: an entity that
// exists already, or is changing, is precondition_failed (look again); ConcurrentModification is unavailable
// (refused without effect: repeat); a quota is invalid.
ErrorKind service_error_kind(int status, std::string_view code);

// An Error from an answer whose status is not 2xx. The code comes without namespace ("com.amazonaws.sqs#")
// and without what follows a ':'. Bodies that are neither XML nor JSON still give a usable Error.
Error error_from_service(int status, const Headers& headers, std::string_view body, std::string resource);

}  // namespace s3dr::client
