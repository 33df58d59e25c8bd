// The TLS settings of client and server: versions, authorities, check of the host name.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "http/server.h"

namespace s3dr::http {

// Trusts the given authorities, or the system's when both are empty. Always verifies. Raises invalid when the
// file cannot be read or the text holds no certificate.
std::shared_ptr<boost::asio::ssl::context> make_client_tls(const std::string& ca_bundle_path,
                                                           const std::string& ca_pem);

// Raises invalid for a malformed certificate or key, or when the two do not belong together.
std::shared_ptr<boost::asio::ssl::context> make_server_tls(const ServerTls& tls);

// To be called before the handshake. Sends `host` as SNI (names only) and demands a certificate for it. An IP
// address must be in the certificate as an address.
void expect_host(SSL* ssl, const std::string& host);

// Why the peer's certificate was refused; empty if the certificate was not the reason.
std::string verification_failure(SSL* ssl);

}  // namespace s3dr::http
