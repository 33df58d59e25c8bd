// The headers of a HEAD or GET answer as a value. Pure.
#pragma once

#include <string>

#include "base/http_message.h"
#include "s3/object_version.h"

namespace s3dr::client {

// Reads Content-Length, ETag, Last-Modified, x-amz-version-id, checksums, metadata, replication status, tag
// count and storage class. A version id that is not there is "null" (unversioned). Raises corrupt when the
// length is missing or no number.
s3::ObjectHead object_head_of(const Headers& headers, const std::string& resource);

// An ETag without its quotes.
std::string unquoted(std::string_view etag);

}  // namespace s3dr::client
