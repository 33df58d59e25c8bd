// Which action on which resource a request to a service beside S3 needs. It follows from the operation's name
// and from the fields that name a resource. The door (cloud/door/service_door.h) asks the policies before the
// service sees the request. Not here: STS, which asks trust policies itself.
#pragma once

#include <string>
#include <vector>

#include "cloud/door/authorizer.h"
#include "cloud/door/service.h"

namespace s3dr::cloud {

// The accesses that the request needs. None for STS only.
// - A body that cannot be read names no resource ("*"). The service refuses it later.
// - An unknown operation or service needs "service:Operation" on "*":
//   only a caller who may do everything passes.
std::vector<Access> needed_access(RegionContext& region, const ServiceRequest& request);

// The URL of the queue that a request to SQS names: `queue_url` (its QueueUrl) or, if that is empty, the path
// that a form was sent to. The service uses the same function,
// so the queue that was checked is the queue that changes.
std::string named_queue(const ServiceRequest& request, const std::string& queue_url);

// Why a service request is refused.
struct ServiceRefusal {
  std::string code;
  std::string message;
  int status = 403;
};
// Why the caller may not do it; nullopt: it may. Within an account the identity policies or the resource's
// own policy must allow the request; across accounts both must. An account's own keys may do everything in
// their account unless the resource's policy denies it.
std::optional<ServiceRefusal> why_refused(RegionContext& region, Service& service,
                                          const ServiceRequest& request);

}  // namespace s3dr::cloud
