// Opens a client connection: name → addresses → TCP → TLS with verification. Only the pool uses it.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/http_message.h"
#include "base/task.h"
#include "http/wire.h"

namespace s3dr::http {

// Tries the addresses of the host one after the other. `localhost` and every name under it are the loopback
// addresses (RFC 6761), without a resolver. Raises unavailable: then nothing was sent. It has no time limit
// of its own.
Task<std::unique_ptr<Wire>> dial(Endpoint endpoint, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace s3dr::http
