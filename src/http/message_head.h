// Writes the head of a request or a response as bytes. Pure. It alone decides on the framing fields
// (Content-Length, Transfer-Encoding, Connection), whatever the caller's headers say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "http/proxy.h"

namespace s3dr::http {

enum class Framing {
  none,     // the message has no body at all
  length,   // Content-Length
  chunked,  // Transfer-Encoding: chunked
  to_end,   // until the connection ends: an answer to HTTP/1.0
};

struct BodyFraming {
  Framing kind = Framing::none;
  std::uint64_t length = 0;
};

// How the body of `request` is sent. A stream of unknown length takes the length from the caller's
// Content-Length, if there is one. A PUT, POST or PATCH without a body sends Content-Length: 0. Raises
// invalid for a Content-Length that is not a number.
BodyFraming request_framing(const HttpRequest& request);

// Raises invalid when the method, the target or a header holds what could split the message (CR, LF, NUL,
// blanks). For a proxy that passes the request on the target is the whole URL. (https goes through a tunnel.)
std::string request_head(const HttpRequest& request, const Endpoint& endpoint, BodyFraming framing,
                         const std::optional<Proxy>& proxy = std::nullopt);

// `declared_length`: the Content-Length of an answer without a body, that is, of an answer to HEAD or of a
// 304.
std::string response_head(const HttpResponse& response, BodyFraming framing,
                          std::optional<std::uint64_t> declared_length, bool closes);

// 1xx, 204 and 304 never have a body.
bool status_has_body(int status);

}  // namespace s3dr::http
