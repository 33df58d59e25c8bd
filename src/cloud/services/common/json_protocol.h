// The JSON protocol of EventBridge, SQS, Logs, CloudTrail and tagging: X-Amz-Target names the operation;
// request and answer are JSON. REST-JSON (Lambda) uses the same errors. json_fields.h reads the fields.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "cloud/door/service.h"
#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {

using JsonOperation =
    std::function<Task<boost::json::value>(const cloud::ServiceRequest&, const boost::json::object&)>;
struct JsonApi {
  std::string target_prefix;  // "AWSEvents"
  std::string content_type = "application/x-amz-json-1.1";
  std::map<std::string, JsonOperation> operations;
};

// An operation that is a method of a service: operation_of(this, &SomeService::create).
template <class Service>
JsonOperation operation_of(Service* service,
                           Task<boost::json::value> (Service::*method)(const cloud::ServiceRequest&,
                                                                       const boost::json::object&)) {
  return [service, method](const cloud::ServiceRequest& request, const boost::json::object& given) {
    return (service->*method)(request, given);
  };
}
// Operations that are functions over the region's context.
using JsonHandler = Task<boost::json::value> (*)(cloud::RegionContext&, const cloud::ServiceRequest&,
                                                 const boost::json::object&);
using JsonHandlers = std::map<std::string, JsonHandler>;
void add_operations(JsonApi& api, cloud::RegionContext& region, const JsonHandlers& handlers);

// Answers a request:
// - with the operation's result
// - a ServiceError as {"__type", "message"}
// - an unknown operation with 501 UnsupportedOperationException "not supported yet"
Task<HttpResponse> answer_json(const JsonApi& api, cloud::ServiceRequest request);

HttpResponse json_response(int status, const boost::json::value& value,
                           std::string content_type = "application/json");
HttpResponse json_error(const ServiceError& error, std::string content_type = "application/json");

// Raises ServiceError(SerializationException) if `text` is not a JSON object. "" is read as {}.
boost::json::object parse_json_object(std::string_view text);

}  // namespace s3dr::services
