// One of AWS's services beside S3, as a region knows it: told by the credential scope of a request, with
// tables of its own in the region's database, its own protocol and errors, and background work. The services
// are in services/; a region is given them when it is made, so cloud/ knows none of them.
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

// A verified request, its body read.
struct ServiceRequest {
  std::string
      service;  // of the credential scope: "sns"; for the few unsigned calls the service they are made to
  Caller caller;
  bool is_signed = true;  // false: AssumeRoleWithWebIdentity and the like; `caller` is empty
  std::string method;
  std::string path;  // as sent, percent-encoded
  aws::QueryParameters query;
  Headers headers;
  std::string body;
  std::string request_id;  // of AWS's form: 8-4-4-4-12 hex digits
  std::string source_address, user_agent;
  bool tls = false;
};

class Service {
 public:
  virtual ~Service() = default;
  virtual std::string_view signing_name() const = 0;  // "sns"
  virtual std::size_t body_bytes_max() const { return 1024 * 1024; }
  // Always answers, in the service's own protocol; raises only what is a defect or a cancellation.
  virtual Task<HttpResponse> handle(ServiceRequest request) = 0;
  // The policy of a resource of this service, which may let callers in; "": it has none, or there is no such
  // resource.
  virtual std::string resource_policy(const std::string& /*arn*/) { return ""; }
  // Background work, where works() says there is some: runs until cancelled; is started again after an Error.
  virtual bool works() const { return false; }
  virtual Task<> run() { co_return; }
  // Something may have been handed over to it.
  virtual void wake() {}
};

// What a region is made with: the tables (CREATE … IF NOT EXISTS) and the services over them.
struct RegionServices {
  std::string schema;
  // Each a SELECT of one column: ids of bodies the services keep in the body store, beside those of objects.
  std::vector<std::string> bodies_in_use;
  std::function<std::vector<std::unique_ptr<Service>>(RegionContext&)> make;
};

}  // namespace s3dr::cloud
