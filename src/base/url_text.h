// URLs as they may be shown. What stands before the '@' of a URL is a user and often a password: it is never
// printed.
#pragma once

#include <string>
#include <string_view>

namespace s3dr {

// One URL as a person wrote it, well-formed or not: "http://user:pass@host:1" → "http://…@host:1". Everything
// up to the last '@' counts, because people also write passwords that no URL may contain.
std::string without_user_info(std::string_view url);
// The same for each URL in a text. Here user and password end where a URL says: before '/', '?', '#', a blank
// or a quote.
std::string hide_user_info(std::string_view text);

}  // namespace s3dr
