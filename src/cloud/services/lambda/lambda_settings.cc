// Settings beside a function's configuration:
// retries of asynchronous invocations, reserved concurrency, tags.
#include <boost/json.hpp>
#include <string>
#include <utility>

#include "base/error.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/json_tags.h"
#include "cloud/services/lambda/lambda_operations.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::int64_t account_concurrency = 1000, unreserved_min = 100;

std::int64_t number_in(const json::object& given, std::string_view field, std::int64_t min,
                       std::int64_t max) {
  const auto value = optional_integer(given, field);
  if (!value || *value < min || *value > max)
    throw ServiceError{"ValidationException",
                       "1 validation error detected: Value '" + (value ? std::to_string(*value) : "null") +
                           "' at '" + std::string(field) +
                           "' failed to satisfy constraint: Member must be between " + std::to_string(min) +
                           " and " + std::to_string(max),
                       400};
  return *value;
}

json::object destinations_of(const json::value& given, const std::string& region) {
  if (!given.is_object()) throw bad_parameter("DestinationConfig must be an object.");
  refuse_other_fields(given.get_object(), {"OnFailure", "OnSuccess"}, lambda_words);
  json::object result{{"OnSuccess", json::object()}, {"OnFailure", json::object()}};
  if (const json::value* success = given.get_object().if_contains("OnSuccess");
      success != nullptr && success->is_object() && !success->get_object().empty())
    throw not_supported("A destination OnSuccess");
  const json::value* failure = given.get_object().if_contains("OnFailure");
  if (failure == nullptr || !failure->is_object()) return result;
  refuse_other_fields(failure->get_object(), {"Destination"}, lambda_words);
  const auto arn = optional_text(failure->get_object(), "Destination");
  if (arn && !arn->empty())
    result["OnFailure"] =
        json::object{{"Destination", parse_destination(*arn, region, "A destination OnFailure")}};
  return result;
}

// `given` over `before`.
json::object event_invoke_of(const json::object& given, json::object before, const std::string& region,
                             Instant now) {
  refuse_other_fields(
      given, {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig", "FunctionName"},
      lambda_words);
  for (const auto& [field, min, max] :
       {std::tuple("MaximumRetryAttempts", 0, 2), std::tuple("MaximumEventAgeInSeconds", 60, 21'600)}) {
    if (given.if_contains(field) != nullptr) before[field] = number_in(given, field, min, max);
  }
  if (const json::value* destinations = given.if_contains("DestinationConfig"))
    before["DestinationConfig"] = destinations_of(*destinations, region);
  before["LastModified"] = static_cast<double>(now.time_since_epoch().count()) / 1000.0;
  return before;
}

HttpResponse shown_event_invoke(const FunctionRow& function) {
  json::object shown = json::parse(function.event_invoke).as_object();
  shown["FunctionArn"] = function.arn() + ":$LATEST";
  return json_response(200, shown);
}

[[noreturn]] void refuse_no_config(const FunctionRow& function) {
  throw ServiceError{"ResourceNotFoundException",
                     "The function " + function.arn() + ":$LATEST doesn't have an EventInvokeConfig", 404};
}

Task<HttpResponse> write_event_invoke(LambdaParts& parts, const LambdaRequest& request, bool replace) {
  const json::object given = request.body();
  const Instant now = parts.region.clock.now();
  const FunctionRow made = co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = require_function(parts, db, request, request.names[0]);
    require_settled(function);
    json::object before{
        {"DestinationConfig", json::object{{"OnSuccess", json::object()}, {"OnFailure", json::object()}}}};
    if (!replace) {
      if (function.event_invoke.empty()) refuse_no_config(function);
      before = json::parse(function.event_invoke).as_object();
    }
    function.event_invoke =
        json::serialize(event_invoke_of(given, std::move(before), parts.region.options.region.text(), now));
    update_function(db, function);
    return function;
  });
  co_return shown_event_invoke(made);
}

// The function of a tag request: its ARN stands in the path.
FunctionRow tagged_function(LambdaParts& parts, cloud::Connection& db, const LambdaRequest& request) {
  if (!request.names[0].starts_with("arn:")) throw bad_parameter("A function's ARN is needed.");
  return require_function(parts, db, request, request.names[0]);
}

}  // namespace

Task<HttpResponse> put_event_invoke_config(LambdaParts& parts, const LambdaRequest& request) {
  co_return co_await write_event_invoke(parts, request, true);
}

Task<HttpResponse> update_event_invoke_config(LambdaParts& parts, const LambdaRequest& request) {
  co_return co_await write_event_invoke(parts, request, false);
}

Task<HttpResponse> get_event_invoke_config(LambdaParts& parts, const LambdaRequest& request) {
  const FunctionRow function =
      require_function(parts, parts.region.database.reader(), request, request.names[0]);
  if (function.event_invoke.empty()) refuse_no_config(function);
  co_return shown_event_invoke(function);
}

Task<HttpResponse> delete_event_invoke_config(LambdaParts& parts, const LambdaRequest& request) {
  co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = require_function(parts, db, request, request.names[0]);
    if (function.event_invoke.empty()) refuse_no_config(function);
    function.event_invoke.clear();
    update_function(db, function);
  });
  co_return no_content();
}

Task<HttpResponse> put_concurrency(LambdaParts& parts, const LambdaRequest& request) {
  const json::object given = request.body();
  refuse_other_fields(given, {"ReservedConcurrentExecutions"}, lambda_words);
  const std::int64_t wanted = number_in(given, "ReservedConcurrentExecutions", 0, account_concurrency);
  co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = require_function(parts, db, request, request.names[0]);
    if (account_concurrency - reserved_concurrency(db, function.account, function.name) - wanted <
        unreserved_min)
      throw bad_parameter(
          "Specified ReservedConcurrentExecutions for function decreases account's "
          "UnreservedConcurrentExecution below its minimum value of [100].");
    function.concurrency = wanted;
    update_function(db, function);
  });
  co_return json_response(200, json::object{{"ReservedConcurrentExecutions", wanted}});
}

Task<HttpResponse> get_concurrency(LambdaParts& parts, const LambdaRequest& request) {
  const FunctionRow function =
      require_function(parts, parts.region.database.reader(), request, request.names[0]);
  json::object answer;
  if (function.concurrency) answer["ReservedConcurrentExecutions"] = *function.concurrency;
  co_return json_response(200, answer);
}

Task<HttpResponse> delete_concurrency(LambdaParts& parts, const LambdaRequest& request) {
  co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = require_function(parts, db, request, request.names[0]);
    function.concurrency = std::nullopt;
    update_function(db, function);
  });
  parts.queue.wake();
  co_return no_content();
}

Task<HttpResponse> tag_function(LambdaParts& parts, const LambdaRequest& request) {
  const json::object given = request.body();
  refuse_other_fields(given, {"Tags"}, lambda_words);
  const json::object added = tags_of_map(given, "Tags", lambda_words);
  co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = tagged_function(parts, db, request);
    merge_tags(function.tags, added, "A function has at most 50 tags.", lambda_words);
    update_function(db, function);
  });
  co_return no_content();
}

Task<HttpResponse> untag_function(LambdaParts& parts, const LambdaRequest& request) {
  co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = tagged_function(parts, db, request);
    for (const aws::QueryParameter& parameter : request.http.query) {
      if (parameter.name == "tagKeys") function.tags.erase(parameter.value);
    }
    update_function(db, function);
  });
  co_return no_content();
}

Task<HttpResponse> list_function_tags(LambdaParts& parts, const LambdaRequest& request) {
  const FunctionRow function = tagged_function(parts, parts.region.database.reader(), request);
  co_return json_response(200, json::object{{"Tags", function.tags}});
}

}  // namespace s3dr::services
