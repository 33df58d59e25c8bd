// An <Error> element as an Error. Shared by the codecs that may meet one in an answer with status 200.
#pragma once

#include <pugixml.hpp>

#include <string_view>

#include "aws/xml.h"
#include "base/error.h"

namespace s3dr::s3 {

// `status` is the HTTP status of the answer. If it is 200, the status that belongs to the code is used
// instead.
Error error_from_element(pugi::xml_node error_element, int status);

// The root of an answer. It must have this local name. An <Error> root raises its error. Any other name
// raises MalformedXML.
pugi::xml_node result_root(const aws::xml::Document& document, std::string_view name);

}  // namespace s3dr::s3
