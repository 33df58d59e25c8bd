// What the requests of each service need, one function per service; part of cloud/door/service_access.h. An
// operation's resource is named by the very field the service reads for it, told from the operation: what
// stands in any other field is never asked about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/door/authorizer.h"
#include "cloud/door/service_fields.h"

namespace s3dr::cloud {

// What the functions below build on: the request, its fields and where it is.
struct Asked {
  RegionContext& region;
  const ServiceRequest& request;
  ServiceFields fields;
  std::string prefix;  // "sns:"

  std::string_view operation() const { return fields.operation(); }
  std::string action(std::string_view operation) const;
  std::string arn(std::string_view service, std::string_view resource) const;  // the caller's, here
};

using Accesses = std::vector<Access>;

// Which field names the resource of an operation, and what stands before it in its ARN ("rule/").
struct Naming {
  std::string_view operation, field, kind = "";
};

// The owner is in the ARN, as everywhere but in S3's. There is one partition, and no service looks at it: it
// is "aws" whatever the request calls it, so that no policy is missed by another spelling.
Access access_to(std::string action, std::string resource);
// Creating with tags is tagging too: about the first of the accesses. "Tag" in SQS's forms.
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
