// The front door for services other than S3 (cloud/door/service.h): finds the service by the credential
// scope, verifies the request and reads its whole body.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/door/access_log.h"
#include "cloud/door/service.h"

namespace s3dr::cloud {

// The service that a request asks for; nullopt: S3. An unsigned form POST to "/" can only be for STS.
// `there_are`: the signing names of the services of this region.
std::optional<std::string> addressed_service(const HttpRequest& http,
                                             const std::vector<std::string>& there_are);

// Verifies the request, reads it and hands it over. Always answers. `service`: nullptr if the region has no
// service of that name.
Task<HttpResponse> serve_service(RegionContext& region, Service* service, HttpRequest http, std::string name,
                                 AccessRecord& record);

}  // namespace s3dr::cloud
