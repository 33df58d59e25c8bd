// Which operation a verified request asks for: a table of (method, what is addressed, subresource). What S3
// has and this cloud has not is known by name and answers 501; nothing is passed over in silence.
#pragma once

#include <span>
#include <string_view>

#include "cloud/context.h"
#include "cloud/operations.h"

namespace s3dr::cloud {

enum class Target { service, bucket, object, control };

// What the operation does with a body. `none`: it is read to its end before the operation starts.
enum class BodyUse { none, read };

struct Route {
  Target target;
  std::string_view method;
  std::string_view subresource;  // the query parameter that selects it; empty: none
  Operation operation;
  std::string_view name;  // as the API calls it: access log, events
  BodyUse body = BodyUse::none;
  std::string_view parameters = "";  // further query parameters it understands, separated by blanks
  bool records_event = false;        // a management call (docs/protocol.md, Events)
};

std::span<const Route> routes();

// Refuses NotImplemented (a known subresource that is not there, an unknown query parameter),
// MethodNotAllowed, InvalidArgument (contradicting or repeated parameters).
const Route& route_of(const Request& request);

}  // namespace s3dr::cloud
