// The accesses that requests to IAM and Lambda need.
#include <algorithm>
#include <array>
#include <utility>

#include "aws/arn.h"
#include "base/encoding.h"
#include "cloud/door/service_needs.h"

namespace s3dr::cloud {
namespace {

constexpr std::string_view of_roles[] = {"GetRole",
                                         "UpdateRole",
                                         "UpdateAssumeRolePolicy",
                                         "DeleteRole",
                                         "TagRole",
                                         "UntagRole",
                                         "ListRoleTags",
                                         "PutRolePolicy",
                                         "GetRolePolicy",
                                         "ListRolePolicies",
                                         "DeleteRolePolicy",
                                         "ListAttachedRolePolicies",
                                         "ListInstanceProfilesForRole"};
constexpr std::string_view of_providers[] = {"GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider",
                                             "AddClientIDToOpenIDConnectProvider",
                                             "RemoveClientIDFromOpenIDConnectProvider"};

// IAM names a provider by its URL without the scheme and without final slashes.
std::string provider_at(const s3::AccountId& account, std::string url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "*";
  while (url.ends_with('/')) url.pop_back();
  return "arn:aws:iam::" + account.text() + ":oidc-provider/" +
         (url.size() > scheme + 3 ? url.substr(scheme + 3) : "");
}

std::string iam_resource(const Asked& asked) {
  const std::string_view operation = asked.operation();
  const s3::AccountId& account = asked.request.caller.account;
  const auto role = [&](const std::string& path, const std::string& name) {
    return aws::role_arn("aws", account.text(), path.substr(1) + name);
  };
  if (operation == "CreateOpenIDConnectProvider") return provider_at(account, asked.fields.text("Url"));
  if (std::ranges::find(of_providers, operation) != std::end(of_providers)) {
    const std::string arn = asked.fields.text("OpenIDConnectProviderArn");
    return arn.empty() ? "*" : arn;
  }
  if (operation == "ListRoles") return role("/", "");
  const std::string name = asked.fields.text("RoleName");
  if (operation == "CreateRole") {
    const std::string path = asked.fields.text("Path");
    return role(path.starts_with('/') ? path : "/", name);
  }
  if (std::ranges::find(of_roles, operation) == std::end(of_roles)) return "*";
  // The role's name as it is kept: roles are found in any case, but policies compare case.
  const auto found = asked.region.global.roles().find(account, name);
  return found ? found->arn() : role("/", name);
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

// Only an invocation needs a right on the qualifier. For all other operations "name:$LATEST" is the function.
std::string unqualified(std::string arn) {
  constexpr std::string_view latest = ":$LATEST";
  if (arn.ends_with(latest)) arn.resize(arn.size() - latest.size());
  return arn;
}

}  // namespace

Accesses needed_of_iam(const Asked& asked) {
  Accesses accesses = {access_to(asked.action(asked.operation()), iam_resource(asked))};
  if (asked.operation() == "CreateRole") add_tagging(accesses, asked, "TagRole");
  return accesses;
}

Accesses needed_of_lambda(const Asked& asked) {
  const std::vector<std::string> path = path_of(asked.request);
  const std::string& method = asked.request.method;
  const std::string kind = path.empty() ? "" : path[0];
  const std::string role = asked.fields.text("Role");
  Accesses accesses;
  if (kind == "functions" && path.size() == 1) {
    if (method == "GET") return {{asked.action("ListFunctions"), "*"}};
    accesses.push_back(access_to(asked.action("CreateFunction"),
                                 unqualified(function_arn(asked, asked.fields.text("FunctionName")))));
    add_tagging(accesses, asked, "TagResource");
    add_pass_role(accesses, role, "lambda.amazonaws.com");
    return accesses;
  }
  if (kind == "tags" && path.size() == 2) {
    const std::string_view action = method == "GET"    ? "ListTags"
                                    : method == "POST" ? "TagResource"
                                                       : "UntagResource";
    return {access_to(asked.action(action), unqualified(path[1]))};
  }
  if (kind == "functions") {
    const std::string below = path.size() > 2 ? path[2] : "";
    for (const LambdaRule& rule : lambda_rules) {
      if (rule.method != method || rule.below != below) continue;
      std::string arn = function_arn(asked, path[1]);
      if (rule.below != "invocations") arn = unqualified(std::move(arn));
      accesses.push_back(access_to(asked.action(rule.action), std::move(arn)));
    }
    if (method == "PUT" && below == "configuration") add_pass_role(accesses, role, "lambda.amazonaws.com");
    if (!accesses.empty()) return accesses;
  }
  return {{asked.action("Unknown"), "*"}};
}

}  // namespace s3dr::cloud
