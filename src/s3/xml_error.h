// An <Error> element as an Error; shared by the codecs that may meet one behind a status of 200.
#pragma once

#include <pugixml.hpp>

#include "base/error.h"

namespace s3dr::s3 {

// `status` is the HTTP status of the answer; behind a 200 the status that belongs to the code is used
// instead.
Error error_from_element(pugi::xml_node error_element, int status);

}  // namespace s3dr::s3
