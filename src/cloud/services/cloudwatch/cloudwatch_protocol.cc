#include "cloud/services/cloudwatch/cloudwatch_protocol.h"

#include <charconv>
#include <cmath>
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
  for (const json::value& entry : value.get_array()) out += "<member>" + value_as_xml(entry) + "</member>";
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
    const std::string tag(name);
    out += "<" + tag + ">" + value_as_xml(value) + "</" + tag + ">";
  }
  return out;
}

json::value told_instant(Instant instant) {
  return json::object{{instant_mark, instant.time_since_epoch().count()}};
}

std::optional<double> number_of(const json::value& value) {
  double number = 0;
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  } else if (value.is_number()) {
    number = value.to_number<double>();
  } else {
    return std::nullopt;
  }
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<double> optional_number(const json::object& given, std::string_view name) {
  const json::value* value = given.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto number = number_of(*value);
  if (!number) throw invalid_value(name, "it must be a number");
  return number;
}

std::optional<std::int64_t> optional_whole(const json::object& given, std::string_view name) {
  const auto number = optional_number(given, name);
  if (!number) return std::nullopt;
  if (std::trunc(*number) != *number || std::abs(*number) > 1e15)
    throw invalid_value(name, "it must be a whole number");
  return static_cast<std::int64_t>(*number);
}

std::optional<bool> optional_flag(const json::object& given, std::string_view name) {
  const json::value* value = given.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string() && value->get_string() == "true") return true;
  if (value->is_string() && value->get_string() == "false") return false;
  throw invalid_value(name, "it must be true or false");
}

std::optional<Instant> optional_instant(const json::object& given, std::string_view name) {
  const json::value* value = given.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_string()) {
    if (const auto instant = from_iso8601(std::string_view(value->get_string()))) return instant;
  } else if (const auto seconds = number_of(*value); seconds && std::abs(*seconds) < 1e11) {
    return Instant(milliseconds(std::llround(*seconds * 1000)));
  }
  throw invalid_value(name, "it must be a time");
}

const json::array& list_field(const json::object& given, std::string_view name) {
  static const json::array none;
  const json::value* value = given.if_contains(name);
  if (value == nullptr || value->is_null()) return none;
  if (value->is_string() && value->get_string().empty()) return none;  // a form's empty list
  if (!value->is_array()) throw invalid_value(name, "it must be a list");
  return value->get_array();
}

std::vector<std::string> member_texts(const json::object& given, std::string_view name) {
  std::vector<std::string> texts;
  for (const json::value& entry : list_field(given, name)) {
    if (!entry.is_string()) throw invalid_value(name, "it must be a list of strings");
    texts.emplace_back(entry.get_string());
  }
  return texts;
}

const json::object& as_structure(const json::value& value, std::string_view name) {
  if (!value.is_object()) throw invalid_value(name, "it must be a structure");
  return value.get_object();
}

ServiceError invalid_value(std::string_view name, std::string_view reason) {
  return {"InvalidParameterValue",
          "The value of the parameter " + std::string(name) + " is not allowed: " + std::string(reason) + ".",
          400};
}

ServiceError unsupported(std::string_view what) {
  return {"NotImplemented", std::string(what) + " is not supported yet.", 501};
}

std::string required_text(const json::object& given, std::string_view name) {
  auto text = optional_text(given, name);
  if (!text || text->empty()) throw missing_value(name);
  return std::move(*text);
}

ServiceError missing_value(std::string_view name) {
  return {"MissingParameter", "The parameter " + std::string(name) + " is required.", 400};
}

}  // namespace s3dr::services
