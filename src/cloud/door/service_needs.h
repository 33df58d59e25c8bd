// The accesses that the requests of each service need, one function for each service.
// Part of cloud/door/service_access.h. The operation decides which field names its resource. It is the field
// that the service itself reads. No other field is looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/door/authorizer.h"
#include "cloud/door/service_fields.h"

namespace s3dr::cloud {

// What the functions below work with: the request, its fields and its region.
struct Asked {
  RegionContext& region;
  const ServiceRequest& request;
  ServiceFields fields;
  std::string prefix;  // "sns:"

  std::string_view operation() const { return fields.operation(); }
  std::string action(std::string_view operation) const;
  // The ARN of a resource of the caller's account in this region.
  std::string arn(std::string_view service, std::string_view resource) const;
};

using Accesses = std::vector<Access>;

// Which field names the resource of an operation, and what comes before that name in its ARN ("rule/").
struct Naming {
  std::string_view operation, field, kind = "";
};

// The access to a resource by its ARN, which names the owner (unlike an ARN of S3). The partition of the ARN
// is always set to "aws": no service reads it, and another spelling must not bypass a policy.
Access access_to(std::string action, std::string resource);
// Creating a resource with tags needs the right to tag, too: adds `action` on the resource of the first
// access if the request has tags (the field is "Tag" in SQS's forms).
void add_tagging(Accesses& accesses, const Asked& asked, std::string_view action);
void add_pass_role(Accesses& accesses, const std::string& role, const std::string& service);

// service_needs_messages.cc
Accesses needed_of_sns(const Asked& asked);
Accesses needed_of_sqs(const Asked& asked);
Accesses needed_of_events(const Asked& asked);
// service_needs_records.cc
Accesses needed_of_logs(const Asked& asked);
Accesses needed_of_cloudwatch(const Asked& asked);
Accesses needed_of_cloudtrail(const Asked& asked);
// service_needs_code.cc
Accesses needed_of_iam(const Asked& asked);
Accesses needed_of_lambda(const Asked& asked);

}  // namespace s3dr::cloud
