// Invoke: at once (RequestResponse), through the queue (Event), or only a check of rights (DryRun).
#include <boost/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/lambda/lambda_operations.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

// Lambda quotas: 6 MB each way, 1 MB asynchronous.
constexpr std::size_t payload_bytes_max = 6 * 1024 * 1024;
constexpr std::size_t event_bytes_max = 1024 * 1024;
constexpr std::size_t depth_max = 1000;

std::string payload_of(const cloud::ServiceRequest& http, bool asynchronous) {
  const std::size_t bytes_max = asynchronous ? event_bytes_max : payload_bytes_max;
  if (http.body.size() > bytes_max)
    throw ServiceError{"RequestTooLargeException",
                       std::to_string(http.body.size()) + " byte payload is too large for the " +
                           (asynchronous ? "Event" : "RequestResponse") + " invocation type (limit " +
                           std::to_string(bytes_max) + " bytes)",
                       413};
  if (http.body.empty()) return "{}";
  json::error_code malformed;
  json::parse_options options;
  options.max_depth = depth_max;
  json::parse(http.body, malformed, {}, options);
  if (malformed)
    throw ServiceError{"InvalidRequestContentException",
                       "Could not parse request body into json: " + malformed.message(), 400};
  return http.body;
}

HttpResponse accepted(int status) {
  HttpResponse response;
  response.status = status;
  response.headers.set("X-Amz-Executed-Version", "$LATEST");
  return response;
}

}  // namespace

Task<HttpResponse> invoke_function(LambdaParts& parts, const LambdaRequest& request) {
  const cloud::ServiceRequest& http = request.http;
  const std::string type(http.headers.get_or("x-amz-invocation-type", "RequestResponse"));
  const std::string log_type(http.headers.get_or("x-amz-log-type", "None"));
  if (type != "RequestResponse" && type != "Event" && type != "DryRun")
    throw bad_parameter("InvocationType must be RequestResponse, Event or DryRun.");
  if (log_type != "None" && log_type != "Tail") throw bad_parameter("LogType must be None or Tail.");
  const std::string payload = payload_of(http, type == "Event");
  const FunctionRow function =
      require_function(parts, parts.region.database.reader(), request, request.names[0]);
  if (type == "DryRun") co_return accepted(204);
  if (type == "Event") {
    co_await parts.queue.add(function.id, http.request_id, payload);
    co_return accepted(202);
  }
  Invocation invocation{http.request_id, payload, ""};
  if (const auto context = http.headers.get("x-amz-client-context")) {
    auto decoded = from_base64(*context);
    if (!decoded) throw ServiceError{"InvalidRequestContentException", "Client context must be base64.", 400};
    invocation.client_context = std::move(*decoded);
  }
  const InvocationResult result = co_await parts.invoker.invoke(function, std::move(invocation));
  HttpResponse response = accepted(200);
  response.headers.set("Content-Type", "application/json");
  if (result.function_failed) response.headers.set("X-Amz-Function-Error", "Unhandled");
  if (log_type == "Tail") response.headers.set("X-Amz-Log-Result", to_base64(result.log_tail));
  response.body = Body(result.payload);
  co_return response;
}

}  // namespace s3dr::services
