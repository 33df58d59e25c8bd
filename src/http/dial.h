// Opens a client connection: name → addresses → TCP → TLS with verification. Used by the pool alone.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/http_message.h"
#include "base/task.h"
#include "http/wire.h"

namespace s3dr::http {

// Tries the addresses of the host in turn. `localhost` and every name under it are the loopback addresses
// (RFC 6761), without asking a resolver. Raises unavailable; nothing has been sent then. Has no time limit of
// its own.
Task<std::unique_ptr<Wire>> dial(Endpoint endpoint, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace s3dr::http
