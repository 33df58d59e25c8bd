// The seam to the network: one HTTP request, one response. Production uses the keep-alive pool (http/pool.h).
// The simulation puts a faulty transport in front of the cloud's own handlers.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/http_message.h"
#include "base/task.h"

namespace s3dr::http {

struct SendOptions {
  milliseconds connect_max{5'000};
  // The time from the first byte sent until the response's header block has arrived. It does not count while
  // the request body makes progress. For bodies it also limits each single read and write.
  milliseconds idle_max{30'000};
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // Sends one request. Returns the response as soon as its header block has arrived; the body streams with
  // back-pressure. Adds `Host` if it is missing, and Content-Length (chunked when the length is unknown).
  // Honours `Expect: 100-continue` in the headers.
  // Raises
  //   unavailable       the request surely did not reach the server (no connection, TLS refused, reset before
  //                     the first byte)
  //   outcome_unknown   at least a part was sent, and no complete response header came back
  //   cancelled, or system_error(operation_aborted), when cancelled
  // It never retries by itself, with one exception: a GET or HEAD gets one fresh connection when a pooled one
  // was dead before any byte of the answer.
  virtual Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, SendOptions options) = 0;
};

}  // namespace s3dr::http
