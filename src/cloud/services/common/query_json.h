// Converts forms of the Query protocol to JSON, and JSON values to XML. For services with both protocols,
// whose operations are written once and work on JSON (cloudwatch_protocol, sqs_protocol). Each service knows
// itself how it spells lists and maps.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>

namespace s3dr::services {

// The fields of a form as a JSON object, without Action and Version. Every value that is not nested is text.
//   "A.member.1.B=x" → {"A": [{"B": "x"}]}
//   "A.1.B=x"        → {"A": {"1": {"B": "x"}}}
// Refuses MalformedInput for fields that are nested too deeply, for a text that is also a list, and for a
// list of members that is not numbered 1, 2, 3 and so on.
boost::json::object form_as_json(const std::map<std::string, std::string>& fields);

// A text, number or boolean, escaped for XML.
std::string scalar_as_xml(const boost::json::value& value);

}  // namespace s3dr::services
