// The words that belong to an HTTP status (RFC 9110, section 15).
#pragma once

#include <string_view>

namespace s3dr {

// "Not Found" for 404. `otherwise` for a status that has no words here.
std::string_view reason_or(int status, std::string_view otherwise);

}  // namespace s3dr
