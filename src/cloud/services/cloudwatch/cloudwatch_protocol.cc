#include "cloud/services/cloudwatch/cloudwatch_protocol.h"

#include <utility>

#include "base/encoding.h"
#include "cloud/services/common/query_json.h"
#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::string_view instant_mark = "\x01instant";  // no field of CloudWatch has such a name
constexpr std::string_view target_prefix = "GraniteServiceVersion20100801";

std::optional<Instant> marked_instant(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const json::value* mark = value.get_object().if_contains(instant_mark);
  if (mark == nullptr) return std::nullopt;
  return Instant(milliseconds(mark->as_int64()));
}

std::string value_as_xml(const json::value& value) {
  if (const auto instant = marked_instant(value)) return to_iso8601(*instant);
  if (value.is_object()) return json_as_xml(value.get_object());
  if (!value.is_array()) return scalar_as_xml(value);
  std::string out;
  for (const json::value& entry : value.get_array()) out += xml_nested("member", value_as_xml(entry));
  return out;
}

json::value without_marks(const json::value& value) {
  if (const auto instant = marked_instant(value))
    return static_cast<double>(instant->time_since_epoch().count()) / 1000.0;
  if (value.is_array()) {
    json::array list;
    for (const json::value& entry : value.get_array()) list.push_back(without_marks(entry));
    return list;
  }
  if (!value.is_object()) return value;
  json::object object;
  for (const auto& [name, entry] : value.get_object()) object[name] = without_marks(entry);
  return object;
}

// A JSON answer also carries the Query protocol's name of the error.
void add_query_error(HttpResponse& response) {
  const std::string code(response.headers.get_or("x-amzn-ErrorType", ""));
  response.headers.set("x-amzn-query-error", code + (response.status >= 500 ? ";Receiver" : ";Sender"));
}

Task<json::value> run_for_json(const JsonOperation& operation, const cloud::ServiceRequest& request,
                               const json::object& given) {
  const json::value answer = co_await operation(request, given);
  co_return answer.is_null() ? json::value(json::object()) : without_marks(answer);
}

Task<std::string> run_for_form(const JsonOperation& operation, const cloud::ServiceRequest& request,
                               const QueryForm& form) {
  const json::object given = form_as_json(form.fields());
  const json::value answer = co_await operation(request, given);
  // An answer that could have members and has none is still an element: SDKs expect it.
  if (answer.is_null()) co_return "";
  const std::string xml = json_as_xml(answer.as_object());
  co_return xml.empty() ? "\n" : xml;
}

}  // namespace

Task<HttpResponse> answer_cloudwatch(const std::map<std::string, JsonOperation>& operations,
                                     cloud::ServiceRequest request) {
  if (!request.headers.has("x-amz-target")) {
    QueryApi api{"http://monitoring.amazonaws.com/doc/2010-08-01/", {}};
    for (const auto& [name, operation] : operations) {
      const JsonOperation* const of = &operation;
      api.operations[name] = [of](const cloud::ServiceRequest& asked, const QueryForm& form) {
        return run_for_form(*of, asked, form);
      };
    }
    co_return co_await answer_query(api, std::move(request));
  }
  JsonApi api{std::string(target_prefix), "application/x-amz-json-1.0", {}};
  for (const auto& [name, operation] : operations) {
    const JsonOperation* const of = &operation;
    api.operations[name] = [of](const cloud::ServiceRequest& asked, const json::object& given) {
      return run_for_json(*of, asked, given);
    };
  }
  HttpResponse response = co_await answer_json(api, std::move(request));
  if (response.status >= 400) add_query_error(response);
  co_return response;
}

std::string json_as_xml(const json::object& answer) {
  std::string out;
  for (const auto& [name, value] : answer) {
    out += xml_nested(name, value_as_xml(value));
  }
  return out;
}

json::value told_instant(Instant instant) {
  return json::object{{instant_mark, instant.time_since_epoch().count()}};
}

ServiceError invalid_value(std::string_view name, std::string_view reason) {
  return {"InvalidParameterValue",
          "The value of the parameter " + std::string(name) + " is not allowed: " + std::string(reason) + ".",
          400};
}

ServiceError unsupported(std::string_view what) {
  return {"NotImplemented", std::string(what) + " is not supported yet.", 501};
}

ServiceError missing_value(std::string_view name) {
  return missing_field(name, cloudwatch_words);
}

}  // namespace s3dr::services
