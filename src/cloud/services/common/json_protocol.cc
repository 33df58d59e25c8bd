#include "cloud/services/common/json_protocol.h"

#include <optional>
#include <utility>

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr int depth_max = 64;

[[noreturn]] void refuse_type(std::string_view name, std::string_view wanted) {
  throw ServiceError{"ValidationException", std::string(name) + " must be " + std::string(wanted) + ".", 400};
}

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
  json::error_code malformed;
  json::parse_options options;
  options.max_depth = depth_max;
  json::value value = json::parse(text, malformed, {}, options);
  if (malformed || !value.is_object())
    throw ServiceError{"SerializationException", "The request is not a JSON object.", 400};
  return std::move(value.as_object());
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

std::optional<std::string> optional_text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_string()) refuse_type(name, "a string");
  return std::string(value->get_string());
}

std::string require_text(const json::object& object, std::string_view name) {
  auto text = optional_text(object, name);
  if (!text || text->empty())
    throw ServiceError{"ValidationException", std::string(name) + " is required.", 400};
  return std::move(*text);
}

std::optional<std::int64_t> optional_integer(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
  refuse_type(name, "an integer");
}

}  // namespace s3dr::services
