#include "cloud/service_access.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "aws/arn.h"
#include "base/encoding.h"
#include "cloud/service_fields.h"

namespace s3dr::cloud {
namespace {

// What the functions below build on: the request, its fields and where it is.
struct Asked {
  RegionContext& region;
  const ServiceRequest& request;
  ServiceFields fields;
  std::string prefix;  // "sns:"

  std::string action(std::string_view operation) const { return prefix + std::string(operation); }
  std::string arn(std::string_view service, std::string_view resource) const {
    return aws::to_string({"aws", std::string(service), region.options.region.text(),
                           request.caller.account.text(), std::string(resource)});
  }
};

// The owner is in the ARN, as everywhere but in S3's.
Access access_to(std::string action, std::string resource) {
  Access access{std::move(action), std::move(resource)};
  if (const auto arn = aws::parse_arn(access.resource)) access.resource_account = arn->account;
  return access;
}

using Accesses = std::vector<Access>;

// Creating with tags is tagging too. "Tag": SQS's forms.
void add_tagging(Accesses& accesses, const Asked& asked, std::string_view action) {
  if (asked.fields.has("Tags") || asked.fields.has("tags") || asked.fields.has("Tag"))
    accesses.push_back(access_to(asked.action(action), accesses.front().resource));
}

void add_pass_role(Accesses& accesses, const std::string& role, const std::string& service) {
  if (!role.empty()) accesses.push_back(pass_role(role, service));
}

// The topic a request is about, by the one field the service itself reads: another one beside it must not be
// what is asked about.
std::string topic_of(const Asked& asked) {
  const std::string_view operation = asked.fields.operation();
  if (operation == "CreateTopic") return asked.arn("sns", asked.fields.text("Name"));
  const bool about_tags = operation.find("Resource") != std::string_view::npos;
  std::string topic = asked.fields.text(about_tags ? "ResourceArn" : "TopicArn");
  if (topic.empty() && operation == "Publish") topic = asked.fields.text("TargetArn");
  return topic.empty() ? "*" : topic;
}

Accesses of_sns(const Asked& asked) {
  const std::string_view operation = asked.fields.operation();
  // A subscription is its topic's, "arn:aws:sns:r:a:topic:id", but owned by who subscribed, which SNS checks.
  const std::string subscription = asked.fields.text("SubscriptionArn");
  if (operation == "Unsubscribe" || operation.ends_with("SubscriptionAttributes")) {
    const bool whole = std::ranges::count(subscription, ':') == 6;
    Access access{asked.action(operation), whole ? subscription.substr(0, subscription.rfind(':')) : "*"};
    access.identity_only = true;
    return {access};
  }
  const std::string_view name = operation == "PublishBatch" ? "Publish" : operation;
  Accesses accesses = {access_to(asked.action(name), topic_of(asked))};
  if (operation == "CreateTopic") add_tagging(accesses, asked, "TagResource");
  return accesses;
}

// "…/111122223333/name"; "*": no queue's address.
std::string queue_at(const Asked& asked, const std::string& url) {
  const std::size_t slash = url.rfind('/');
  if (slash == std::string::npos || slash == 0) return "*";
  const std::size_t before = url.rfind('/', slash - 1);
  const std::string account = before == std::string::npos ? "" : url.substr(before + 1, slash - before - 1);
  return aws::to_string({"aws", "sqs", asked.region.options.region.text(), account, url.substr(slash + 1)});
}

Accesses of_sqs(const Asked& asked) {
  std::string_view operation = asked.fields.operation();
  std::string resource = queue_at(asked, named_queue(asked.request, asked.fields.text("QueueUrl")));
  if (operation == "CreateQueue" || operation == "GetQueueUrl") {
    resource = asked.arn("sqs", asked.fields.text("QueueName"));
    const std::string owner = asked.fields.text("QueueOwnerAWSAccountId");
    if (operation == "GetQueueUrl" && !owner.empty())
      resource = queue_at(asked, "/" + owner + "/" + asked.fields.text("QueueName"));
  }
  constexpr std::string_view batch = "Batch";
  if (operation.ends_with(batch)) operation.remove_suffix(batch.size());
  Accesses accesses = {access_to(asked.action(operation), resource)};
  if (operation == "CreateQueue") add_tagging(accesses, asked, "TagQueue");
  return accesses;
}

Accesses of_events(const Asked& asked) {
  const std::string_view operation = asked.fields.operation();
  const auto bus_name = [](const std::string& text) {  // a name or an ARN
    return text.empty() ? "default" : text.substr(text.rfind('/') + 1);
  };
  const std::string action = asked.action(operation);
  Accesses accesses;
  if (operation == "PutEvents") {
    for (const std::string& bus : asked.fields.texts_in("Entries", "EventBusName"))
      accesses.push_back(access_to(
          action, bus.starts_with("arn:") ? bus : asked.arn("events", "event-bus/" + bus_name(bus))));
    if (accesses.empty()) accesses.push_back({action, "*"});
    return accesses;
  }
  const bool about_rule =
      operation.find("Rule") != std::string_view::npos || operation.find("Targets") != std::string_view::npos;
  const std::string name = asked.fields.text(asked.fields.text("Rule").empty() ? "Name" : "Rule");
  std::string resource = "*";
  if (const std::string arn = asked.fields.text("ResourceARN"); !arn.empty()) {
    resource = arn;
  } else if (!name.empty() && about_rule) {
    const std::string bus = bus_name(asked.fields.text("EventBusName"));
    resource = asked.arn("events", "rule/" + (bus == "default" ? "" : bus + "/") + name);
  } else if (!name.empty()) {
    const bool connection = operation.ends_with("Connection");
    const bool destination = operation.ends_with("ApiDestination");
    resource = asked.arn("events", (connection    ? "connection/"
                                    : destination ? "api-destination/"
                                                  : "event-bus/") +
                                       name);
  }
  accesses.push_back(access_to(action, resource));
  if (operation == "PutRule" || operation == "CreateEventBus") add_tagging(accesses, asked, "TagResource");
  if (operation == "PutRule") add_pass_role(accesses, asked.fields.text("RoleArn"), "events.amazonaws.com");
  if (operation == "PutTargets") {
    for (const std::string& role : asked.fields.texts_in("Targets", "RoleArn"))
      add_pass_role(accesses, role, "events.amazonaws.com");
  }
  return accesses;
}

Accesses of_logs(const Asked& asked) {
  const std::string_view operation = asked.fields.operation();
  std::string group = asked.fields.text("logGroupName");
  if (group.empty()) group = asked.fields.text("logGroupNamePrefix");
  std::string resource = asked.fields.text("resourceArn");
  // Groups are asked for with an open end, so that both ways of writing them in policies fit.
  if (resource.empty())
    resource = asked.arn("logs", "log-group:" + group + ":log-stream:" + asked.fields.text("logStreamName"));
  if (const std::string arn = asked.fields.text("logGroupIdentifier"); arn.starts_with("arn:"))
    resource = arn + ":log-stream:";
  Accesses accesses = {access_to(asked.action(operation), resource)};
  if (operation == "CreateLogGroup") add_tagging(accesses, asked, "TagResource");
  return accesses;
}

Accesses of_cloudwatch(const Asked& asked) {
  const std::string action = asked.action(asked.fields.operation());
  std::vector<std::string> names = asked.fields.texts("AlarmNames");
  if (const std::string name = asked.fields.text("AlarmName"); !name.empty()) names.push_back(name);
  Accesses accesses;
  for (const std::string& name : names)
    accesses.push_back(access_to(action, asked.arn("cloudwatch", "alarm:" + name)));
  if (const std::string arn = asked.fields.text("ResourceARN"); !arn.empty())
    accesses.push_back(access_to(action, arn));
  if (accesses.empty()) {
    const bool alarms = asked.fields.operation().starts_with("DescribeAlarm");
    accesses.push_back(access_to(action, alarms ? asked.arn("cloudwatch", "alarm:*") : "*"));
  }
  if (asked.fields.operation() == "PutMetricAlarm") add_tagging(accesses, asked, "TagResource");
  return accesses;
}

Accesses of_cloudtrail(const Asked& asked) {
  std::string trail = asked.fields.text("TrailName");
  if (trail.empty()) trail = asked.fields.text("Name");
  std::string resource = "*";
  if (!trail.empty())
    resource = trail.starts_with("arn:") ? trail : asked.arn("cloudtrail", "trail/" + trail);
  return {access_to(asked.action(asked.fields.operation()), resource)};
}

Accesses of_iam(const Asked& asked) {
  const std::string_view operation = asked.fields.operation();
  const s3::AccountId& account = asked.request.caller.account;
  const std::string name = asked.fields.text("RoleName");
  if (operation.find("OpenIDConnectProvider") != std::string_view::npos) {
    std::string provider = asked.fields.text("OpenIDConnectProviderArn");
    const std::string url = asked.fields.text("Url");
    if (const std::size_t scheme = url.find("://"); scheme != std::string::npos)
      provider = "arn:aws:iam::" + account.text() + ":oidc-provider/" + url.substr(scheme + 3);
    return {access_to(asked.action(operation), provider.empty() ? "*" : provider)};
  }
  std::string path = "/";
  if (const std::string given = asked.fields.text("Path"); given.starts_with('/')) path = given;
  if (operation != "CreateRole") {
    if (const auto role = asked.region.global.roles().find(account, name)) path = role->path;
  }
  Accesses accesses = {
      access_to(asked.action(operation), aws::role_arn("aws", account.text(), path.substr(1) + name))};
  if (operation == "CreateRole") add_tagging(accesses, asked, "TagRole");
  return accesses;
}

// "/2015-03-31/functions/NAME/policy": what follows the date, decoded.
std::vector<std::string> path_of(const ServiceRequest& request) {
  std::vector<std::string> parts;
  std::string_view rest = request.path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    if (end > 0) parts.push_back(uri_decode(rest.substr(0, end)).value_or(""));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!parts.empty()) parts.erase(parts.begin());
  return parts;
}

struct LambdaRule {
  std::string_view method, below, action;  // `below`: the path behind the function's name
};
constexpr std::array lambda_rules = {
    LambdaRule{"GET", "", "GetFunction"},
    LambdaRule{"DELETE", "", "DeleteFunction"},
    LambdaRule{"GET", "configuration", "GetFunctionConfiguration"},
    LambdaRule{"PUT", "configuration", "UpdateFunctionConfiguration"},
    LambdaRule{"PUT", "code", "UpdateFunctionCode"},
    LambdaRule{"POST", "versions", "PublishVersion"},
    LambdaRule{"GET", "versions", "ListVersionsByFunction"},
    LambdaRule{"GET", "policy", "GetPolicy"},
    LambdaRule{"POST", "policy", "AddPermission"},
    LambdaRule{"DELETE", "policy", "RemovePermission"},
    LambdaRule{"POST", "invocations", "InvokeFunction"},
    LambdaRule{"POST", "invoke-async", "InvokeAsync"},
    LambdaRule{"GET", "event-invoke-config", "GetFunctionEventInvokeConfig"},
    LambdaRule{"PUT", "event-invoke-config", "PutFunctionEventInvokeConfig"},
    LambdaRule{"POST", "event-invoke-config", "UpdateFunctionEventInvokeConfig"},
    LambdaRule{"DELETE", "event-invoke-config", "DeleteFunctionEventInvokeConfig"},
    LambdaRule{"GET", "concurrency", "GetFunctionConcurrency"},
    LambdaRule{"PUT", "concurrency", "PutFunctionConcurrency"},
    LambdaRule{"DELETE", "concurrency", "DeleteFunctionConcurrency"},
};

// A name, "account:function:name", or an ARN, any of them with a qualifier.
std::string function_arn(const Asked& asked, std::string name) {
  const std::string account = asked.request.caller.account.text();
  if (name.starts_with("arn:")) return name;
  if (const std::size_t at = name.find(":function:"); at != std::string::npos) {
    return aws::to_string(
        {"aws", "lambda", asked.region.options.region.text(), name.substr(0, at), name.substr(at + 1)});
  }
  return asked.arn("lambda", "function:" + name);
}

Accesses of_lambda(const Asked& asked) {
  const std::vector<std::string> path = path_of(asked.request);
  const std::string& method = asked.request.method;
  const std::string kind = path.empty() ? "" : path[0];
  const std::string role = asked.fields.text("Role");
  Accesses accesses;
  if (kind == "functions" && path.size() == 1) {
    if (method == "GET") return {{asked.action("ListFunctions"), "*"}};
    accesses.push_back(
        access_to(asked.action("CreateFunction"), function_arn(asked, asked.fields.text("FunctionName"))));
    add_tagging(accesses, asked, "TagResource");
    add_pass_role(accesses, role, "lambda.amazonaws.com");
    return accesses;
  }
  if (kind == "tags" && path.size() == 2) {
    const std::string_view action = method == "GET"    ? "ListTags"
                                    : method == "POST" ? "TagResource"
                                                       : "UntagResource";
    return {access_to(asked.action(action), path[1])};
  }
  if (kind == "functions") {
    const std::string below = path.size() > 2 ? path[2] : "";
    for (const LambdaRule& rule : lambda_rules) {
      if (rule.method != method || rule.below != below) continue;
      accesses.push_back(access_to(asked.action(rule.action), function_arn(asked, path[1])));
    }
    if (method == "PUT" && below == "configuration") add_pass_role(accesses, role, "lambda.amazonaws.com");
    if (!accesses.empty()) return accesses;
  }
  return {{asked.action("Unknown"), "*"}};
}

struct Known {
  std::string_view signing_name, prefix;
  Accesses (*needed)(const Asked&);
};
constexpr Known known[] = {{"sns", "sns:", of_sns},
                           {"sqs", "sqs:", of_sqs},
                           {"events", "events:", of_events},
                           {"logs", "logs:", of_logs},
                           {"monitoring", "cloudwatch:", of_cloudwatch},
                           {"cloudtrail", "cloudtrail:", of_cloudtrail},
                           {"iam", "iam:", of_iam},
                           {"lambda", "lambda:", of_lambda}};

// How each service says that it is not allowed.
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
