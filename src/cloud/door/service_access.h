// Which action on which resource a request to a service beside S3 needs: told from the operation's name and
// the few fields that name a resource. The door (cloud/door/service_door.h) asks the policies before the service
// sees the request. STS is not here: it asks trust policies itself.
#pragma once

#include <string>
#include <vector>

#include "cloud/door/authorizer.h"
#include "cloud/door/service.h"

namespace s3dr::cloud {

// Never empty but for STS. A body that cannot be read names no resource ("*"): the service refuses it. An
// operation or service not known here needs "service:Operation" on "*", so that only who may do everything
// gets through.
std::vector<Access> needed_access(RegionContext& region, const ServiceRequest& request);

// The URL of the queue that a request to SQS names: `queue_url`, its QueueUrl; where that is empty the path a
// form was sent to. The service reads it by the same rule: what was asked about is what is changed.
std::string named_queue(const ServiceRequest& request, const std::string& queue_url);

// Whether the caller may: identity policies and the resource's own, across accounts both. An account's own
// keys within their account: unless the resource's policy denies it.
struct ServiceRefusal {
  std::string code;
  std::string message;
  int status = 403;
};
std::optional<ServiceRefusal> why_refused(RegionContext& region, Service& service,
                                          const ServiceRequest& request);

}  // namespace s3dr::cloud
