#include "cloud/process/held_ports.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <set>

#include "base/error.h"

namespace s3dr::cloud {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// As http/server.cc opens its listener.
boost::system::error_code listen_on(tcp::acceptor& acceptor, std::uint16_t port) {
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  boost::system::error_code failure;
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(1, failure);
  return failure;
}

TEST(HeldPorts, AServerCanListenOnAHeldPortAgainAndAgain) {
  asio::io_context io;
  HeldPorts first, again;
  const std::uint16_t port = first.take_free();
  again.take(port, "a test");
  for (int i = 0; i < 3; ++i) {
    tcp::acceptor server(io);
    EXPECT_FALSE(listen_on(server, port));
  }
}

TEST(HeldPorts, FreeOnesAreAllDifferentAndOneThatIsListenedOnIsRefused) {
  HeldPorts held;
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) ports.insert(held.take_free());
  EXPECT_EQ(ports.size(), 50U);
  asio::io_context io;
  tcp::acceptor somebody(io, {asio::ip::address_v4::loopback(), 0});
  EXPECT_FALSE(held.take_if_free(somebody.local_endpoint().port()));
  EXPECT_THROW(held.take(somebody.local_endpoint().port(), "a test"), Error);
}

}  // namespace
}  // namespace s3dr::cloud
