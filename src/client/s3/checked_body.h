// Compares a downloaded body at its end with the checksum that the server keeps of it.
#pragma once

#include <memory>

#include "base/body.h"
#include "s3/object_version.h"

namespace s3dr::client {

// Passes the bytes through. After the last one it raises corrupt when the length or a full-object checksum of
// `head` does not match. Composite checksums (of multipart uploads) are not compared, because they cannot be
// computed from the bytes alone.
std::unique_ptr<BodyReader> checked_body(std::unique_ptr<BodyReader> body, const s3::ObjectHead& head,
                                         std::string resource);

}  // namespace s3dr::client
