// One operation of S3 as the door knows it: how a request asks for it, its name, and whether it reads a body.
// The table of all operations is cloud/process/router.cc. s3_access.h says which rights each one needs.
#pragma once

#include <string_view>

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

using Operation = Task<HttpResponse> (*)(RegionContext& region, Request& request);

enum class Target { service, bucket, object, control };

// What the operation does with a body. `none`: the door reads it to its end before the operation starts.
enum class BodyUse { none, read };

struct Route {
  Target target;
  std::string_view method;
  std::string_view subresource;  // the query parameter that selects it; empty: none
  Operation operation;
  std::string_view name;  // as the API calls it; used in the access log and in events
  BodyUse body = BodyUse::none;
  std::string_view parameters = "";  // further query parameters it understands, separated by blanks
  bool records_event = false;        // a management call (docs/protocol.md, Events)
  bool rights_in_body = false;  // policies may ask about its document, so it is read before they are asked
  std::string_view event = "";  // CloudTrail's name, where it is another one than the API's
};

}  // namespace s3dr::cloud
