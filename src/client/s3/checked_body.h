// Compares a downloaded body with the checksum the server keeps of it, at its end.
#pragma once

#include <memory>

#include "base/body.h"
#include "s3/object_version.h"

namespace s3dr::client {

// Reads through; after the last byte raises corrupt when the length or a full-object checksum of `head` does
// not match. Composite checksums (of multipart uploads) cannot be computed from the bytes alone and are not
// compared.
std::unique_ptr<BodyReader> checked_body(std::unique_ptr<BodyReader> body, const s3::ObjectHead& head,
                                         std::string resource);

}  // namespace s3dr::client
