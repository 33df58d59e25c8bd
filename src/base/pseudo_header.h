// Fields that the server adds to a request's headers and that no client can send: as in HTTP/2, their names begin
// with a colon, which the strict header check (http/strict_head.h) refuses on the wire.
#pragma once

#include <string_view>

namespace s3dr {

inline constexpr std::string_view tls_version_field = ":tls-version";  // "1.2" or "1.3"; absent: no TLS

}  // namespace s3dr
