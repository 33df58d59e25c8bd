// One server connection from its first byte to its end. It connects http/server.cc (listens, limits, stops)
// with http/beast_server.cc (parses, calls the handler, answers).
#pragma once

#include <chrono>

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

// What a connection is doing, for whoever limits their number.
struct ConnectionState {
  bool busy = false;          // from the first byte of a request until its response is sent
  bool reads_header = false;  // the header block of that request is not complete yet
  bool known = false;         // a request was answered with success: the peer is no stranger
  WireTime idle_since = wire_time_in(std::chrono::milliseconds(0));

  // Ending it now loses no request of anybody known.
  bool may_be_ended() const { return !busy || (reads_header && !known); }
};

// Serves one request after the other and keeps `state`. An idle connection may be interrupted at any time. Ends
// normally whatever the peer does. Raises cancellation only.
Task<> serve_connection(Wire& wire, const ConnectionContext& context, ConnectionState& state);

}  // namespace s3dr::http
