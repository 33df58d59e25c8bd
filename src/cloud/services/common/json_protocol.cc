#include "cloud/services/common/json_protocol.h"

#include <optional>
#include <utility>

#include "cloud/services/common/json_fields.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t depth_max = 64;

}  // namespace

HttpResponse json_response(int status, const json::value& value, std::string content_type) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", std::move(content_type));
  response.body = Body(json::serialize(value));
  return response;
}

HttpResponse json_error(const ServiceError& error, std::string content_type) {
  HttpResponse response = json_response(
      error.status,
      json::object{{"__type", error.code}, {"message", error.message}, {"Message", error.message}},
      std::move(content_type));
  response.headers.set("x-amzn-ErrorType", error.code);
  return response;
}

json::object parse_json_object(std::string_view text) {
  if (text.empty()) return {};
  auto object = parsed_object(text, depth_max);
  if (!object) throw ServiceError{"SerializationException", "The request is not a JSON object.", 400};
  return std::move(*object);
}

void add_operations(JsonApi& api, cloud::RegionContext& region, const JsonHandlers& handlers) {
  for (const auto& [name, handler] : handlers) {
    api.operations[name] = [&region, handler](const cloud::ServiceRequest& request,
                                              const json::object& given) {
      return handler(region, request, given);
    };
  }
}

Task<HttpResponse> answer_json(const JsonApi& api, cloud::ServiceRequest request) {
  std::optional<ServiceError> failure;
  try {
    const std::string_view target = request.headers.get_or("x-amz-target", "");
    const std::size_t dot = target.rfind('.');
    const std::string_view prefix = target.substr(0, dot == std::string_view::npos ? 0 : dot);
    const std::string name(dot == std::string_view::npos ? target : target.substr(dot + 1));
    const auto operation = api.operations.find(name);
    if (prefix != api.target_prefix || operation == api.operations.end())
      throw ServiceError{"UnsupportedOperationException",
                         "The operation \"" + std::string(target) + "\" is not supported yet.", 501};
    const json::object given = parse_json_object(request.body);
    const json::value result = co_await operation->second(request, given);
    co_return json_response(200, result, api.content_type);
  } catch (const ServiceError& error) {
    failure = error;
  }
  co_return json_error(*failure, api.content_type);
}

}  // namespace s3dr::services
