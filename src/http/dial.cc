#include "http/dial.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/descriptors.h"
#include "http/tls_context.h"

namespace s3dr::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

Error no_connection(const Endpoint& endpoint, const std::string& why) {
  return Error(ErrorKind::unavailable, "no connection: " + why).with_resource(endpoint.url());
}

[[noreturn]] void raise_no_connection(const Endpoint& endpoint, const boost::system::error_code& failure) {
  const Error error = no_connection(endpoint, failure.message());
  if (means_no_descriptor(failure)) throw NoDescriptorFree(error);
  throw error;
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
    if (failure) raise_no_connection(endpoint, failure);
    for (const auto& entry : found) result.push_back(entry.endpoint());
  }
  co_return result;
}

constexpr std::size_t proxy_answer_bytes_max = 16 * 1024;

// "the proxy http://proxy:3128 (HTTPS_PROXY)"
std::string text_of(const Proxy& proxy) {
  return "the proxy " + proxy.endpoint.url() + (proxy.variable.empty() ? "" : " (" + proxy.variable + ")");
}

Error no_tunnel(const Endpoint& endpoint, const Proxy& proxy, const std::string& why) {
  return Error(ErrorKind::unavailable, text_of(proxy) + " opened no connection: " + why)
      .with_resource(endpoint.url());
}

// "HTTP/1.1 200 …" → 200; 0: not HTTP.
int status_of(std::string_view head) {
  const bool well_formed =
      head.size() >= 12 && head.starts_with("HTTP/1.") && head[8] == ' ' &&
      std::all_of(head.begin() + 9, head.begin() + 12, [](char c) { return c >= '0' && c <= '9'; });
  return well_formed ? (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0') : 0;
}

// A server says nothing before the TLS handshake: whatever follows the proxy's answer is not the server's.
Task<> open_tunnel(tcp::socket& socket, Endpoint endpoint, Proxy proxy) {
  const std::string host =
      endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]";
  const std::string target = host + ":" + std::to_string(endpoint.port);
  std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.authorization.empty())
    request += "Proxy-Authorization: " + proxy.authorization.reveal() + "\r\n";
  request += "\r\n";
  const auto [send_failure, sent] = co_await asio::async_write(socket, asio::buffer(request), as_result);
  raise_if_cancelled(send_failure);
  if (send_failure) throw no_tunnel(endpoint, proxy, send_failure.message());
  std::string answer;
  std::array<char, 4096> piece{};
  while (answer.find("\r\n\r\n") == std::string::npos) {
    if (answer.size() > proxy_answer_bytes_max) throw no_tunnel(endpoint, proxy, "its answer is too long");
    const auto [failure, count] = co_await socket.async_read_some(asio::buffer(piece), as_result);
    raise_if_cancelled(failure);
    if (failure) throw no_tunnel(endpoint, proxy, failure.message());
    answer.append(piece.data(), count);
  }
  const int status = status_of(answer);
  if (status == 407) throw proxy_wants_credentials(endpoint, proxy);
  if (status < 200 || status > 299)
    throw no_tunnel(endpoint, proxy,
                    status == 0 ? "it does not speak HTTP" : "status " + std::to_string(status));
  if (!answer.ends_with("\r\n\r\n") || answer.find("\r\n\r\n") + 4 != answer.size())
    throw no_tunnel(endpoint, proxy, "it sent more than its answer");
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
  raise_no_connection(endpoint, last);
}

// What was to be reached is the endpoint. An error that names the proxy alone would send people to the store.
Task<tcp::socket> connect_to_proxy(Endpoint endpoint, Proxy proxy) {
  try {
    co_return co_await connect(proxy.endpoint);
  } catch (const NoDescriptorFree&) {
    throw;
  } catch (const Error& error) {
    throw Error(error.kind(), error.message() + ", from " + text_of(proxy)).with_resource(endpoint.url());
  }
}

}  // namespace

Error proxy_wants_credentials(const Endpoint& endpoint, const Proxy& proxy) {
  const char* why =
      proxy.authorization.empty() ? "wants a user and a password" : "refused the user or the password";
  return Error(ErrorKind::denied, text_of(proxy) + " " + why)
      .with_resource(endpoint.url())
      .with_advice("write them into HTTP_PROXY and HTTPS_PROXY: http://user:password@host:port");
}

Task<std::unique_ptr<Wire>> dial(Endpoint endpoint, std::optional<Proxy> proxy,
                                 std::shared_ptr<asio::ssl::context> tls) {
  tcp::socket socket = co_await (proxy ? connect_to_proxy(endpoint, *proxy) : connect(endpoint));
  if (proxy && endpoint.tls) co_await open_tunnel(socket, endpoint, *proxy);
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
