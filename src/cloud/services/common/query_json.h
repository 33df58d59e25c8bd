// The Query protocol's forms as JSON, and JSON as the inside of XML: for services whose operations are
// written once, over JSON, and spoken in both protocols (cloudwatch_protocol, sqs_protocol). How a service
// spells its lists and maps is its own.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>

namespace s3dr::services {

// "A.member.1.B=x" → {"A": [{"B": "x"}]}, "A.1.B=x" → {"A": {"1": {"B": "x"}}}; all that is not nested is
// text. Without Action and Version. Refuses MalformedInput for what is nested without end, for a text
// that is a list as well, and for a list of members that is not numbered from 1 without a gap.
boost::json::object form_as_json(const std::map<std::string, std::string>& fields);

// A text, number or flag, escaped.
std::string scalar_as_xml(const boost::json::value& value);

}  // namespace s3dr::services
