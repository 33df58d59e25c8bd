#include "http/dial.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/tls_context.h"

namespace s3dr::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

Error no_connection(const Endpoint& endpoint, const std::string& why) {
  return Error(ErrorKind::unavailable, "no connection: " + why).with_resource(endpoint.url());
}

void raise_if_cancelled(const boost::system::error_code& failure) {
  if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
}

bool under_localhost(const std::string& host) {
  const std::string name = lower_case(host);
  return name == "localhost" || name.ends_with(".localhost");
}

Task<std::vector<tcp::endpoint>> addresses_of(Endpoint endpoint) {
  std::vector<tcp::endpoint> result;
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(endpoint.host, not_an_address);
  if (!not_an_address) {
    result.emplace_back(address, endpoint.port);
  } else if (under_localhost(endpoint.host)) {
    result.emplace_back(asio::ip::address_v4::loopback(), endpoint.port);
    result.emplace_back(asio::ip::address_v6::loopback(), endpoint.port);
  } else {
    tcp::resolver resolver(co_await asio::this_coro::executor);
    const auto [failure, found] =
        co_await resolver.async_resolve(endpoint.host, std::to_string(endpoint.port), as_result);
    raise_if_cancelled(failure);
    if (failure) throw no_connection(endpoint, failure.message());
    for (const auto& entry : found) result.push_back(entry.endpoint());
  }
  co_return result;
}

Task<tcp::socket> connect(Endpoint endpoint) {
  const auto addresses = co_await addresses_of(endpoint);
  boost::system::error_code last = asio::error::host_not_found;
  for (const auto& address : addresses) {
    tcp::socket socket(co_await asio::this_coro::executor);
    const auto [failure] = co_await socket.async_connect(address, as_result);
    if (!failure) co_return std::move(socket);
    raise_if_cancelled(failure);
    last = failure;
  }
  throw no_connection(endpoint, last.message());
}

}  // namespace

Task<std::unique_ptr<Wire>> dial(Endpoint endpoint, std::shared_ptr<asio::ssl::context> tls) {
  tcp::socket socket = co_await connect(endpoint);
  if (!endpoint.tls) co_return make_wire(std::move(socket));
  auto stream = std::make_unique<TlsStream>(std::move(socket), *tls);
  expect_host(stream->native_handle(), endpoint.host);
  const auto [failure] = co_await stream->async_handshake(asio::ssl::stream_base::client, as_result);
  raise_if_cancelled(failure);
  if (failure) {
    const std::string refusal = verification_failure(stream->native_handle());
    if (refusal.empty()) throw no_connection(endpoint, "TLS: " + failure.message());
    throw no_connection(endpoint, "the server's certificate was refused: " + refusal)
        .with_advice(
            "trust the server's authority with AWS_CA_BUNDLE, or check the host name of the endpoint");
  }
  co_return make_wire(std::move(stream));
}

}  // namespace s3dr::http
