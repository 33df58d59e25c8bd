// Checks a raw request header block before any HTTP library sees it (request smuggling, splitting, spoofing).
// It is the first step of http/beast_server.cc. Pure: bytes in; a parsed head, or the status of the refusal,
// out. No sockets. It does not look into bodies: the library reads chunks.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_message.h"

namespace s3dr::http {

// Where the header block ends in the bytes received so far.
struct HeadEnd {
  enum class State { complete, incomplete, broken } state;
  // complete: bytes up to and including the empty line; incomplete: where to continue scanning.
  std::size_t size = 0;
};

// `scanned` is the `size` of the last incomplete answer (0 at first), so that a slow sender costs linear
// time. broken: a bare LF, a bare CR or a NUL. Without this state the reader would wait for an end that never
// comes.
HeadEnd find_head_end(std::string_view bytes, std::size_t scanned);

struct Head {
  std::string method;
  std::string target;  // origin-form, or "*" with OPTIONS
  Headers headers;     // in the order of arrival, values without surrounding blanks
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool expects_continue = false;
  bool closes = false;       // `Connection: close`, or HTTP/1.0
  bool is_http_1_0 = false;  // knows no chunks and no interim answers; Host may be missing
};

struct Refusal {
  int status;          // 400, 417, 431, 501 or 505
  std::string reason;  // for the log; names the rule, repeats no bytes of the request
};

// `block` is the whole header block with its empty line. Refuses whatever RFC 9112 lets two parsers read
// differently:
// - Content-Length with Transfer-Encoding; either of them twice or as a list; any coding except `chunked`;
// - folded lines, bare CR or LF, blanks around names;
// - no Host field (HTTP/1.0 may leave it out) or two of them;
// - targets that are not origin-form or hold raw bytes, control characters;
// - versions other than HTTP/1.1 and 1.0 (health checks of load balancers); Transfer-Encoding in HTTP/1.0.
std::expected<Head, Refusal> check_head(std::string_view block, std::size_t bytes_max);

}  // namespace s3dr::http
