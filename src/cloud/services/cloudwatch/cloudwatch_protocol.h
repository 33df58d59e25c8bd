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
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_protocol.h"

namespace s3dr::services {

// Answers a request in the protocol it came in. Refusals are ServiceErrors.
Task<HttpResponse> answer_cloudwatch(const std::map<std::string, JsonOperation>& operations,
                                     cloud::ServiceRequest request);

// An answer's members as XML elements, lists as <member>.
std::string json_as_xml(const boost::json::object& answer);

// A time within an answer: ISO 8601 in XML, seconds since the epoch in JSON.
boost::json::value told_instant(Instant instant);

// CloudWatch's words for the fields of a request, which may have been a form.
inline constexpr FieldWords cloudwatch_words = {
    .wrong_code = "InvalidParameterValue",
    .wrong = "The value of the parameter {name} is not allowed: it must be {wanted}.",
    .missing_code = "MissingParameter",
    .missing = "The parameter {name} is required.",
    .texts = "a list of strings",
    .structures = "a structure",
    .reads_forms = true,
};

ServiceError invalid_value(std::string_view name, std::string_view reason);  // InvalidParameterValue
ServiceError missing_value(std::string_view name);                           // MissingParameter
ServiceError unsupported(std::string_view what);                             // NotImplemented, 501

}  // namespace s3dr::services
