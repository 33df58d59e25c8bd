// Sends a message whose body is a stream: head and first piece together, then piece by piece with
// back-pressure. The pool uses it for requests, the server for responses. message_head.h decides on the
// framing.
#pragma once

#include <chrono>
#include <string>

#include "base/body.h"
#include "base/task.h"
#include "http/message_head.h"
#include "http/wire.h"

namespace s3dr::http {

// Sends `head` together with the first piece of `body`. So if the body fails at once, nothing was sent.
// The last piece is sent only after `body` has confirmed its end. A body that fails while it is read never
// looks complete to the peer, nor does one that is longer or shorter than announced (invalid). The caller
// then aborts the connection.
// Raises WireFailure for the connection, and what the body raises. Memory: one buffer of 128 KiB.
Task<> write_stream(Wire& wire, std::string head, BodyReader& body, BodyFraming framing,
                    std::chrono::milliseconds stall_max);

}  // namespace s3dr::http
