// The Unix socket between `s3dr cloud start|stop|status` and the supervisor. Each connection carries one
// request: a line of words. The answer is one JSON object {"ok": …}; then the connection is closed. Only the
// owner can use it.
#pragma once

#include <string>

namespace s3dr::cloud {

// Both reach the socket through the descriptor of its folder, so that the path may be long (a socket's name
// has at most 108 bytes). Both raise unavailable.
int listen_at(const std::string& path);  // removes an old socket first; mode 0600
// Sends the line and returns the answer. Raises unavailable when nobody listens.
std::string ask(const std::string& path, const std::string& line);

}  // namespace s3dr::cloud
