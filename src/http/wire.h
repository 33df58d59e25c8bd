// One byte connection, plain or TLS, with a time limit on every operation. Client and server speak HTTP over
// it. It knows nothing of HTTP. http/dial.h opens one as client, http/server.cc accepts one as server.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"

namespace s3dr::http {

// The connection failed or was too slow. Cancellation is different: it stays system_error(operation_aborted).
class WireFailure : public std::exception {
 public:
  explicit WireFailure(boost::system::error_code code) : code_(code), text_(code.message()) {}
  const char* what() const noexcept override { return text_.c_str(); }
  boost::system::error_code code() const { return code_; }
  bool timed_out() const;

 private:
  boost::system::error_code code_;
  std::string text_;
};

using WireTime = std::chrono::steady_clock::time_point;
WireTime wire_time_in(std::chrono::milliseconds duration);

// One read and one write may run at the same time. The wire must outlive its operations. Destroying it closes
// the connection.
class Wire {
 public:
  virtual ~Wire() = default;
  // Returns at least one byte, or 0 at the orderly end (for TLS: only after a close_notify). Raises
  // WireFailure.
  virtual Task<std::size_t> read_some(std::span<char> buffer, WireTime until) = 0;
  // Sends all of `first`, then all of `second`, in one system call where possible. `stall_max` limits each
  // step of up to 256 KiB. Raises WireFailure; then bytes_written() tells whether anything was sent.
  virtual Task<> write(std::string_view first, std::string_view second,
                       std::chrono::milliseconds stall_max) = 0;
  virtual std::uint64_t bytes_written() const = 0;
  // Tells the peer that nothing more comes. Does not wait; reading goes on. With TLS it sends no
  // close_notify.
  virtual void shut_down_send() = 0;
  // Ends the connection so that the peer sees a failure (RST), not an orderly end.
  virtual void abort() = 0;
  // Ends the running operations with operation_aborted.
  virtual void interrupt() = 0;
  // To be called between two messages: stops the timer, so that an idle connection keeps no event loop alive.
  virtual void rest() = 0;
  // True: an idle connection can still be used. The peer has not closed it and has sent nothing unexpected.
  virtual bool quiet() = 0;
  virtual bool tls() const = 0;
  virtual std::string tls_version() = 0;     // "1.3"; empty without TLS
  virtual std::string remote_address() = 0;  // without the port; empty if unknown
};

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
std::unique_ptr<Wire> make_wire(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Wire> make_wire(std::unique_ptr<TlsStream> stream);  // after its handshake

}  // namespace s3dr::http
