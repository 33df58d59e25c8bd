// Opens a client connection: name → addresses → TCP → TLS with verification, through a proxy where there is
// one. Only the pool uses it.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "base/http_message.h"
#include "base/task.h"
#include "http/proxy.h"
#include "http/wire.h"

namespace s3dr::http {

// Tries the addresses of the host one after the other. `localhost` and every name under it are the loopback
// addresses (RFC 6761), without a resolver. With a proxy the connection goes there; for https a tunnel (CONNECT)
// leads on to the endpoint, whose name the proxy resolves. Raises unavailable, or denied when the proxy wants
// credentials: then nothing was sent. It has no time limit of its own.
Task<std::unique_ptr<Wire>> dial(Endpoint endpoint, std::optional<Proxy> proxy,
                                 std::shared_ptr<boost::asio::ssl::context> tls);
// The proxy answered 407.
Error proxy_wants_credentials(const Endpoint& endpoint, const Proxy& proxy);

}  // namespace s3dr::http
