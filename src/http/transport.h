// The seam to the network: one HTTP request, one response. Production uses the keep-alive pool of
// http/pool.h; the simulation mounts the cloud's own handlers behind a faulty one.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/http_message.h"
#include "base/task.h"

namespace s3dr::http {

struct SendOptions {
  milliseconds connect_max{5'000};
  // From the first byte sent until the response's header block is here; not counted while the request body
  // makes progress. For bodies, each single read or write has this limit too.
  milliseconds idle_max{30'000};
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // Sends one request and returns the response as soon as its header block has arrived; the body streams with
  // back-pressure. Adds `Host` only if it is missing; adds Content-Length (or chunked when the length is
  // unknown). `Expect: 100-continue` in the headers is honoured. Raises unavailable: known not to have
  // reached the server (no connection, TLS refused, reset before the first byte)
  //        outcome_unknown: sent at least in part and no complete response header came back
  //        cancelled / system_error(operation_aborted) when cancelled.
  // Never retries by itself, save for one fresh connection when a pooled one was dead before a byte was
  // answered *and* the method is GET or HEAD.
  virtual Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, SendOptions options) = 0;
};

}  // namespace s3dr::http
