// TLS settings of client and server in one place: versions, authorities, host name check.
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

// Raises invalid for a certificate or key that is none, or that do not belong together.
std::shared_ptr<boost::asio::ssl::context> make_server_tls(const ServerTls& tls);

// Before the handshake: sends `host` as SNI (names only) and demands that the certificate is made out to it.
// An IP address must stand in the certificate as such.
void expect_host(SSL* ssl, const std::string& host);

// Why the peer's certificate was refused; empty if it was not that.
std::string verification_failure(SSL* ssl);

}  // namespace s3dr::http
