// One server connection from its first byte to its end. It connects http/server.cc (listens, limits, stops)
// with http/beast_server.cc (parses, calls the handler, answers).
#pragma once

#include "base/log.h"
#include "base/task.h"
#include "http/server.h"
#include "http/wire.h"

namespace s3dr::http {

// Outlives every connection of its server.
struct ConnectionContext {
  const ServerOptions& options;
  const Handler& handler;
  Log& log;
  const bool& stopping;  // once true, the running request is the last one of its connection
};

// Serves one request after the other. `busy` is true from the first byte of a request until its response is
// sent. An idle connection may be interrupted at any time. Ends normally whatever the peer does. Raises
// cancellation only.
Task<> serve_connection(Wire& wire, const ConnectionContext& context, bool& busy);

}  // namespace s3dr::http
