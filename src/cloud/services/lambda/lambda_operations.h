// The operations of Lambda's API, one function each, by file. lambda_service.cc routes requests to them.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cloud/door/service.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/services/lambda/lambda_invoker.h"
#include "cloud/services/lambda/lambda_queue.h"
#include "cloud/services/lambda/lambda_validation.h"

namespace s3dr::services {

// What the operations share.
struct LambdaParts {
  cloud::RegionContext& region;
  FunctionRunner& runner;
  FunctionInvoker& invoker;
  LambdaQueue& queue;
  std::function<void()> wake_settling;  // a function was created or updated
};

struct LambdaRequest {
  const cloud::ServiceRequest& http;
  std::string action;              // "lambda:InvokeFunction"
  std::vector<std::string> names;  // the path's parts at each "*" of its route, decoded

  boost::json::object body() const;  // raises ServiceError
  std::string query(std::string_view name) const;
};

using LambdaOperation = Task<HttpResponse> (*)(LambdaParts&, const LambdaRequest&);

// lambda_functions.cc
Task<HttpResponse> create_function(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> get_function(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> get_function_configuration(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> update_function_code(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> update_function_configuration(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> delete_function(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> list_functions(LambdaParts&, const LambdaRequest&);
// lambda_permissions.cc
Task<HttpResponse> add_permission(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> get_policy(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> remove_permission(LambdaParts&, const LambdaRequest&);
// lambda_settings.cc
Task<HttpResponse> put_event_invoke_config(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> update_event_invoke_config(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> get_event_invoke_config(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> delete_event_invoke_config(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> put_concurrency(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> get_concurrency(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> delete_concurrency(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> tag_function(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> untag_function(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> list_function_tags(LambdaParts&, const LambdaRequest&);
// lambda_invoke.cc
Task<HttpResponse> invoke_function(LambdaParts&, const LambdaRequest&);

// The function with that name. Raises ServiceError: ValidationException, ResourceNotFoundException,
// AccessDeniedException (another account's function, and its policy does not let the caller in).
FunctionRow require_function(LambdaParts& parts, cloud::Connection& db, const LambdaRequest& request,
                             const std::string& name);
// Raises ServiceError(ResourceConflictException) while the function is being created or updated.
void require_settled(const FunctionRow& function);
// Raises ServiceError(PreconditionFailedException) if the request names another revision.
void check_revision(const boost::json::object& given, const std::string& revision);
HttpResponse no_content();

}  // namespace s3dr::services
