// One of AWS's services beside S3, as a region knows it. The credential scope of a request names the service.
// A service has its own tables in the region's database, its own protocol and errors, and maybe work in the
// background. The services are in cloud/services. A region gets them when it is made
// (cloud/process/services.h); the door knows only this interface.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/caller.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// A verified request whose body has been read.
struct ServiceRequest {
  // From the credential scope: "sns". For the few unsigned calls: the service they are made to.
  std::string service;
  Caller caller;
  bool is_signed = true;  // false: AssumeRoleWithWebIdentity and similar calls; `caller` is empty
  std::string method;
  std::string path;  // as sent, percent-encoded
  aws::QueryParameters query;
  Headers headers;
  std::string body;
  std::string request_id;  // in AWS's form: 8-4-4-4-12 hex digits
  std::string source_address, user_agent;
  bool tls = false;
};

class Service {
 public:
  virtual ~Service() = default;
  virtual std::string_view signing_name() const = 0;  // "sns"
  virtual std::size_t body_bytes_max() const { return 1024 * 1024; }
  // Always answers, in the service's own protocol. Raises only on a defect or on cancellation.
  virtual Task<HttpResponse> handle(ServiceRequest request) = 0;
  // The policy of a resource of this service. It may let callers in.
  // "": it has none, or there is no such resource.
  virtual std::string resource_policy(const std::string& /*arn*/) { return ""; }
  // Background work, if works() is true. Runs until cancelled. It is started again after an Error.
  virtual bool works() const { return false; }
  virtual Task<> run() { co_return; }
  // Called when something may have been handed over to this service.
  virtual void wake() {}
};

// What a region is made with: the tables (CREATE … IF NOT EXISTS) and the services that use them.
struct RegionServices {
  std::string schema;
  // Each is a SELECT of one column: ids of bodies that services, not objects, keep in the body store.
  std::vector<std::string> bodies_in_use;
  std::function<std::vector<std::unique_ptr<Service>>(RegionContext&)> make;
};

}  // namespace s3dr::cloud
