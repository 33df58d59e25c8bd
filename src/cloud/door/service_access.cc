#include "cloud/door/service_access.h"

#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "cloud/door/service_needs.h"

namespace s3dr::cloud {
namespace {

struct Known {
  std::string_view signing_name, prefix;
  Accesses (*needed)(const Asked&);
};
constexpr Known known[] = {{"sns", "sns:", needed_of_sns},
                           {"sqs", "sqs:", needed_of_sqs},
                           {"events", "events:", needed_of_events},
                           {"logs", "logs:", needed_of_logs},
                           {"monitoring", "cloudwatch:", needed_of_cloudwatch},
                           {"cloudtrail", "cloudtrail:", needed_of_cloudtrail},
                           {"iam", "iam:", needed_of_iam},
                           {"lambda", "lambda:", needed_of_lambda}};

// The refusal in each service's own words.
ServiceRefusal refusal_of(const ServiceRequest& request, std::string message) {
  if (request.service == "sns") return {"AuthorizationError", std::move(message), 403};
  const bool json = request.headers.has("x-amz-target");
  if (request.service == "lambda" || (request.service == "sqs" && json))
    return {"AccessDeniedException", std::move(message), 403};
  if (json) return {"AccessDeniedException", std::move(message), 400};
  return {"AccessDenied", std::move(message), 403};
}

}  // namespace

std::string named_queue(const ServiceRequest& request, const std::string& queue_url) {
  const bool is_form = !request.headers.has("x-amz-target");
  return queue_url.empty() && is_form && request.path.size() > 1 ? request.path : queue_url;
}

std::string Asked::action(std::string_view operation) const {
  return prefix + std::string(operation);
}

std::string Asked::arn(std::string_view service, std::string_view resource) const {
  return aws::to_string({"aws", std::string(service), region.options.region.text(),
                         request.caller.account.text(), std::string(resource)});
}

Access access_to(std::string action, std::string resource) {
  Access access{std::move(action), std::move(resource)};
  if (auto arn = aws::parse_arn(access.resource)) {
    access.resource_account = arn->account;
    arn->partition = "aws";
    access.resource = aws::to_string(*arn);
  }
  return access;
}

void add_tagging(Accesses& accesses, const Asked& asked, std::string_view action) {
  if (asked.fields.has("Tags") || asked.fields.has("tags") || asked.fields.has("Tag"))
    accesses.push_back(access_to(asked.action(action), accesses.front().resource));
}

void add_pass_role(Accesses& accesses, const std::string& role, const std::string& service) {
  if (!role.empty()) accesses.push_back(pass_role(role, service));
}

std::vector<Access> needed_access(RegionContext& region, const ServiceRequest& request) {
  if (request.service == "sts") return {};
  Asked asked{region, request, ServiceFields(request), request.service + ":"};
  const auto found = std::ranges::find(known, request.service, &Known::signing_name);
  if (found != std::end(known)) {
    asked.prefix = found->prefix;
    return found->needed(asked);
  }
  if (request.service == "tagging") asked.prefix = "tag:";
  return {{asked.action(asked.fields.operation()), "*"}};
}

std::optional<ServiceRefusal> why_refused(RegionContext& region, Service& service,
                                          const ServiceRequest& request) {
  if (!request.is_signed) {
    // STS knows the few such calls itself.
    if (request.service == "sts") return std::nullopt;
    return ServiceRefusal{"MissingAuthenticationToken", "Request is missing Authentication Token"};
  }
  const Asker asker = asker_of(request);
  for (Access& access : needed_access(region, request)) {
    const std::string policy = access.identity_only ? "" : service.resource_policy(access.resource);
    if (!policy.empty()) {
      try {
        access.resource_policy = aws::parse_policy(policy, aws::PolicyUse::resource);
      } catch (const Error& error) {
        return refusal_of(request,
                          "The policy of " + access.resource + " cannot be read: " + error.message());
      }
    }
    const aws::Decision decision = decide(region, asker, access);
    if (!decision.allowed()) return refusal_of(request, denial(asker, access, decision));
  }
  return std::nullopt;
}

}  // namespace s3dr::cloud
