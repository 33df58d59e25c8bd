// Sends a message whose body is a stream: head and first piece together, then piece by piece with
// back-pressure. Used for requests by the pool and for responses by the server. It does not decide on the
// framing (message_head.h).
#pragma once

#include <chrono>
#include <string>

#include "base/body.h"
#include "base/task.h"
#include "http/message_head.h"
#include "http/wire.h"

namespace s3dr::http {

// Sends `head` with the first piece of `body`, so that a body which fails at once has sent nothing.
// The last piece leaves only after `body` has confirmed its end: a body that fails while it is read, or that
// is longer or shorter than announced (invalid), never looks complete to the peer. The caller then aborts the
// connection. Raises WireFailure for the connection, and whatever the body raises. Memory: one buffer of 128
// KiB.
Task<> write_stream(Wire& wire, std::string head, BodyReader& body, BodyFraming framing,
                    std::chrono::milliseconds stall_max);

}  // namespace s3dr::http
