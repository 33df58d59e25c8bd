// Which operation a verified request asks for: a table of (method, what is addressed, subresource). What S3
// has and this cloud does not have is listed by name and answered 501. Nothing is ignored silently.
#pragma once

#include <span>

#include "cloud/door/route.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

std::span<const Route> routes();

// Refuses:
//   NotImplemented     a subresource of S3 that this cloud does not have; an unknown query parameter
//   MethodNotAllowed
//   InvalidArgument    contradicting or repeated parameters
const Route& route_of(const Request& request);

}  // namespace s3dr::cloud
