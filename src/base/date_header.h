// The `Date` header of a signed request, in every form that S3 takes. Dates that this project writes:
// base/encoding.h.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace s3dr {

// RFC 1123 and 2822 ("Tue, 27 Mar 2007 19:36:42 -0000", the day's name may be missing, the day may have one digit, the
// zone is GMT, UT, UTC, Z or ±hhmm), RFC 850 ("Tuesday, 27-Mar-07 19:36:42 GMT"), asctime ("Tue Mar 27 19:36:42
// 2007") and ISO 8601 basic ("20070327T193642Z"). nullopt: none of them. The day's name is not compared with the date.
std::optional<Instant> from_date_header(std::string_view text);

}  // namespace s3dr
