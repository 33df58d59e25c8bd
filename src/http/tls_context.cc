#include "http/tls_context.h"

#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include "base/error.h"

namespace s3dr::http {
namespace {

namespace ssl = boost::asio::ssl;

void allow_modern_only(ssl::context& context) {
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

Error refused(const std::string& what, const boost::system::error_code& failure) {
  return Error(ErrorKind::invalid, what + ": " + failure.message());
}

}  // namespace

std::shared_ptr<ssl::context> make_client_tls(const std::string& ca_bundle_path, const std::string& ca_pem) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  allow_modern_only(*context);
  boost::system::error_code failure;
  if (ca_bundle_path.empty() && ca_pem.empty()) {
    context->set_default_verify_paths(failure);
    if (failure) throw refused("the system's certificate authorities cannot be read", failure);
  }
  if (!ca_bundle_path.empty()) {
    context->load_verify_file(ca_bundle_path, failure);
    if (failure)
      throw refused("the certificate bundle cannot be read", failure)
          .with_resource(ca_bundle_path)
          .with_advice("name a readable PEM file of certificate authorities");
  }
  if (!ca_pem.empty()) {
    context->add_certificate_authority(boost::asio::buffer(ca_pem), failure);
    if (failure) throw refused("the certificate authority text is not PEM", failure);
  }
  context->set_verify_mode(ssl::verify_peer);
  return context;
}

std::shared_ptr<ssl::context> make_server_tls(const ServerTls& tls) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  allow_modern_only(*context);
  boost::system::error_code failure;
  context->use_certificate_chain(boost::asio::buffer(tls.certificate_chain_pem), failure);
  if (failure) throw refused("the server's certificate chain is not usable", failure);
  context->use_private_key(boost::asio::buffer(tls.private_key_pem), ssl::context::pem, failure);
  if (failure) throw refused("the server's private key is not usable", failure);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    throw Error(ErrorKind::invalid, "the server's private key does not belong to its certificate");
  return context;
}

void expect_host(SSL* ssl, const std::string& host) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = not_an_address ? SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 &&
                                        SSL_set1_host(ssl, host.c_str()) == 1
                                  : X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  if (!set) throw Error(ErrorKind::invalid, "not a host name: \"" + host + "\"");
}

std::string verification_failure(SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace s3dr::http
