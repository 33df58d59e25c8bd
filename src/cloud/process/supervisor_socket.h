// The Unix socket between `s3dr cloud start|stop|status` and the supervisor. One request a connection: a line
// of words; the answer is one JSON object {"ok": …} and the end of the stream. Readable by its owner alone.
#pragma once

#include <string>

namespace s3dr::cloud {

// Connects, binds and listens by way of the folder's descriptor, so that the length of the path (a socket's
// name has 108 bytes) does not matter. Raise unavailable.
int listen_at(const std::string& path);  // removes a socket left behind; mode 0600
// Sends the line and returns the answer. Raises unavailable when nobody listens.
std::string ask(const std::string& path, const std::string& line);

}  // namespace s3dr::cloud
