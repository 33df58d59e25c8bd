// Which operation a verified request asks for: a table of (method, what is addressed, subresource). What S3
// has and this cloud has not is known by name and answers 501; nothing is passed over in silence.
#pragma once

#include <span>

#include "cloud/door/route.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

std::span<const Route> routes();

// Refuses NotImplemented (a known subresource that is not there, an unknown query parameter),
// MethodNotAllowed, InvalidArgument (contradicting or repeated parameters).
const Route& route_of(const Request& request);

}  // namespace s3dr::cloud
