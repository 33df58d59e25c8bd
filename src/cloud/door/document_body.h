// Small XML bodies: read whole and compared with their declared MD5 and checksums. Not here: object bodies,
// which are streamed (cloud/objects/payload.h).
#pragma once

#include <cstddef>
#include <string>

#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

enum class Integrity {
  optional,
  // Content-MD5 or an x-amz-checksum-* header must be there (docs/protocol.md, Errors and common headers).
  required,
};

// Reads the body to its end into request.document. Refuses MaxMessageLengthExceeded, InvalidDigest,
// BadDigest, and InvalidRequest where a required checksum is missing. May be repeated: the document is kept.
Task<> read_document(Request& request, std::size_t bytes_max, Integrity integrity);

}  // namespace s3dr::cloud
