// The HTTP(S) server of the project. Each request goes through the strict header check (http/strict_head.h),
// then Beast, then the handler. It tells the handler of a connection with TLS which version that has
// (base/pseudo_header.h).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/http_message.h"
#include "base/log.h"
#include "base/task.h"

namespace s3dr::http {

using Handler = std::function<Task<HttpResponse>(HttpRequest)>;

struct ServerTls {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the kernel chooses
  std::optional<ServerTls> tls;
  std::size_t header_bytes_max = 32 * 1024;
  std::size_t connections_max = 1024;
  // Connections that said nothing useful yet (no request was answered with success) are strangers. At most an eighth
  // of connections_max may be idle strangers. A new connection ends the one that is idle longest, strangers first,
  // where there are too many. Each has this long to say something.
  std::chrono::milliseconds stranger_time{1'000};
  // From the first byte of a request to the end of its header block.
  std::chrono::milliseconds header_max{10'000};
  std::chrono::milliseconds idle_max{60'000};  // between requests, and between two pieces of a body
};

// One listener. A request that fails the strict check gets the status of the check (http/strict_head.h), and
// the connection is closed. If the handler throws, the client gets 500; the error's text goes to the log,
// never into the answer.
class Server {
 public:
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;  // the bound one
  // Accepts until cancelled or stopped; joins every connection before it returns.
  virtual Task<> run() = 0;
  // Stops accepting, lets the running requests end (for at most `grace`), then closes.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

// Binds at once. So a port in use is an error before anything else is started. Raises unavailable (address in
// use), invalid (address, certificate). Must be called in the io_context's thread.
std::unique_ptr<Server> make_server(boost::asio::any_io_executor executor, ServerOptions options,
                                    Handler handler, Log& log);

}  // namespace s3dr::http
