// The way back from what CloudTrail makes of a request's document: in `requestParameters` a repeated element is an
// array, a single one an object or a text, an empty one "". Pure. Any JSON is accepted.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace s3dr::s3 {

// The document with this root; nullopt: the value is no element, or a member has a name that no element has.
// The order of different elements is the order of the members. Attributes ("xmlns") are left out.
std::optional<std::string> xml_from_json(std::string_view root, const boost::json::value& value);

}  // namespace s3dr::s3
