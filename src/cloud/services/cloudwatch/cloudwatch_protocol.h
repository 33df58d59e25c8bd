// CloudWatch has two protocols, and clients use both: the Query protocol and JSON. Each operation is written
// once and works on JSON objects. A form is first converted to a JSON object,
// and the answer from JSON to XML.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cloud/door/service.h"
#include "cloud/services/common/json_protocol.h"

namespace s3dr::services {

// Answers a request in the protocol it came in. Refusals are ServiceErrors.
Task<HttpResponse> answer_cloudwatch(const std::map<std::string, JsonOperation>& operations,
                                     cloud::ServiceRequest request);

// An answer's members as XML elements, lists as <member>.
std::string json_as_xml(const boost::json::object& answer);

// A time within an answer: ISO 8601 in XML, seconds since the epoch in JSON.
boost::json::value told_instant(Instant instant);

// These read fields in the spelling of either protocol: in a form every value is text. All refuse
// InvalidParameterValue. required_text also refuses MissingParameter, for an absent or empty text.
std::string required_text(const boost::json::object& given, std::string_view name);
std::optional<double> number_of(const boost::json::value& value);
std::optional<double> optional_number(const boost::json::object& given, std::string_view name);
std::optional<std::int64_t> optional_whole(const boost::json::object& given, std::string_view name);
std::optional<bool> optional_flag(const boost::json::object& given, std::string_view name);
std::optional<Instant> optional_instant(const boost::json::object& given, std::string_view name);
// Empty if the field is absent.
const boost::json::array& list_field(const boost::json::object& given, std::string_view name);
std::vector<std::string> member_texts(const boost::json::object& given, std::string_view name);
const boost::json::object& as_structure(const boost::json::value& value, std::string_view name);

ServiceError invalid_value(std::string_view name, std::string_view reason);  // InvalidParameterValue
ServiceError missing_value(std::string_view name);                           // MissingParameter
ServiceError unsupported(std::string_view what);                             // NotImplemented, 501

}  // namespace s3dr::services
