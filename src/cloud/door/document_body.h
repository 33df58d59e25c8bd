// Small XML bodies: read whole, with their declared MD5 and checksums compared. Object bodies are streamed
// elsewhere (cloud/objects/payload.h).
#pragma once

#include <cstddef>
#include <string>

#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

enum class Integrity {
  optional,
  required,  // one of Content-MD5 and x-amz-checksum-* must be there (docs/protocol.md, Errors and common
             // headers)
};

// Reads the body to its end into request.document. Refuses MaxMessageLengthExceeded, InvalidDigest,
// BadDigest, and InvalidRequest where a required checksum is missing.
Task<> read_document(Request& request, std::size_t bytes_max, Integrity integrity);

}  // namespace s3dr::cloud
