// An <Error> element as an Error; shared by the codecs that may meet one behind a status of 200.
#pragma once

#include <pugixml.hpp>

#include <string_view>

#include "aws/xml.h"
#include "base/error.h"

namespace s3dr::s3 {

// `status` is the HTTP status of the answer; behind a 200 the status that belongs to the code is used
// instead.
Error error_from_element(pugi::xml_node error_element, int status);

// The root of an answer, which has to have this local name. An <Error> root raises the error it tells of; another
// name raises MalformedXML.
pugi::xml_node result_root(const aws::xml::Document& document, std::string_view name);

}  // namespace s3dr::s3
