// Listens, accepts, limits the number of connections, stops gracefully. connection.h says what happens on a
// connection.
#include "http/server.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <utility>

#include "base/deadline.h"
#include "base/error.h"
#include "base/task_group.h"
#include "http/connection.h"
#include "http/tls_context.h"

namespace s3dr::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds accept_pause{50};  // after a failed accept (no file descriptors left)
constexpr milliseconds look_again{100};   // for an idle connection, while there is no room

tcp::acceptor listen(const asio::any_io_executor& executor, const ServerOptions& options) {
  boost::system::error_code failure;
  const auto address = asio::ip::make_address(options.address, failure);
  if (failure) throw Error(ErrorKind::invalid, "not an address to listen on: \"" + options.address + "\"");
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure)
    throw Error(ErrorKind::unavailable, "cannot listen: " + failure.message())
        .with_resource(options.address + ":" + std::to_string(options.port));
  return acceptor;
}

class ListeningServer : public Server {
 public:
  ListeningServer(asio::any_io_executor executor, ServerOptions options, Handler handler, Log& log)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        log_(log),
        clock_(make_real_clock()),
        tls_(options_.tls ? make_server_tls(*options_.tls) : nullptr),
        acceptor_(listen(executor, options_)),
        port_(acceptor_.local_endpoint().port()),
        room_(executor, asio::steady_timer::time_point::max()),
        grace_(executor),
        group_(std::make_shared<TaskGroup>(executor)) {
    if (options_.connections_max == 0)
      throw Error(ErrorKind::invalid, "a server needs at least one connection");
  }

  std::uint16_t port() const override { return port_; }

  Task<> run() override {
    const std::exception_ptr failure = co_await accept_until_told();
    // From here on nothing may be left behind, whatever cancels us.
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!stopping_) {
      stopping_ = true;
      group_->cancel();
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    co_await group_->join();
    grace_.cancel();
    co_await asio::this_coro::throw_if_cancelled(true);
    if (failure) std::rethrow_exception(failure);
  }

  void stop(milliseconds grace) override {
    if (stopping_) return;
    stopping_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    room_.cancel();
    for (Open& open : open_) {
      if (!open.state.busy && open.wire != nullptr) open.wire->interrupt();
    }
    grace_.expires_after(grace);
    grace_.async_wait([weak = std::weak_ptr<TaskGroup>(group_)](boost::system::error_code cancelled) {
      const auto group = weak.lock();
      if (!cancelled && group != nullptr) group->cancel();
    });
  }

 private:
  struct Open {
    Wire* wire = nullptr;              // null during the TLS handshake
    tcp::socket* handshake = nullptr;  // only during it
    ConnectionState state;
    bool ending = false;  // told to, and not yet gone
  };

  // Ends the connection that is idle longest, of strangers or (`strangers` false) of anybody. False: none has been idle
  // long enough.
  bool end_idlest(bool strangers) {
    const WireTime late = wire_time_in(-options_.stranger_time);
    Open* idlest = nullptr;
    for (Open& open : open_) {
      if (open.ending || !open.state.may_be_ended() || (strangers && open.state.known)) continue;
      if (open.state.idle_since > late || (open.wire == nullptr && open.handshake == nullptr)) continue;
      if (idlest == nullptr || open.state.idle_since < idlest->state.idle_since) idlest = &open;
    }
    if (idlest == nullptr) return false;
    idlest->ending = true;
    log_.debug("idle connection ended to make room");
    boost::system::error_code ignored;
    if (idlest->wire != nullptr)
      idlest->wire->interrupt();
    else
      idlest->handshake->close(ignored);
    return true;
  }

  std::size_t idle_strangers() const {
    return static_cast<std::size_t>(std::ranges::count_if(open_, [](const Open& open) {
      return !open.ending && open.state.may_be_ended() && !open.state.known;
    }));
  }

  // Returns when stopped; a cancellation is handed back as the exception it is.
  Task<std::exception_ptr> accept_until_told() {
    try {
      while (!stopping_) {
        if (open_.size() >= options_.connections_max) {
          // If nobody has been idle long enough, look again: that changes without a word.
          // A known peer goes only where no stranger is idle.
          const bool ended = end_idlest(idle_strangers() > 0);
          if (!ended) room_.expires_after(look_again);
          co_await room_.async_wait(as_result);
          room_.expires_at(asio::steady_timer::time_point::max());
          continue;
        }
        auto [failure, socket] = co_await acceptor_.async_accept(as_result);
        if (stopping_) break;
        if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
        if (failure) {
          log_.warning("connection not accepted", {{"error", failure.message()}});
          co_await clock_->sleep(accept_pause);
          continue;
        }
        if (idle_strangers() >= std::max<std::size_t>(options_.connections_max / 8, 1)) end_idlest(true);
        const auto entry = open_.emplace(open_.end());
        group_->spawn(serve(std::move(socket), entry));
      }
    } catch (...) {
      if (!stopping_) co_return std::current_exception();
    }
    co_return nullptr;
  }

  Task<> serve(tcp::socket socket, std::list<Open>::iterator entry) {
    struct Leave {
      ListeningServer& server;
      std::list<Open>::iterator entry;
      ~Leave() {
        server.open_.erase(entry);
        server.room_.cancel();
      }
    } leave{*this, entry};
    std::unique_ptr<Wire> wire;
    if (tls_ == nullptr) {
      wire = make_wire(std::move(socket));
    } else {
      wire = co_await shake_hands(std::move(socket), *entry);
      if (wire == nullptr) co_return;
    }
    entry->wire = wire.get();
    co_await serve_connection(*wire, context_, entry->state);
    entry->wire = nullptr;
  }

  // Null when the handshake fails: port scanners and clients that do not trust us are no failure of ours.
  Task<std::unique_ptr<Wire>> shake_hands(tcp::socket socket, Open& open) {
    auto stream = std::make_unique<TlsStream>(std::move(socket), *tls_);
    open.handshake = &stream->next_layer();
    struct Leave {
      Open& open;
      ~Leave() { open.handshake = nullptr; }
    } leave{open};
    try {
      co_await with_deadline(*clock_, options_.header_max, handshake(*stream));
      co_return make_wire(std::move(stream));
    } catch (const Error& error) {
      log_.info("TLS handshake failed", {{"error", error.what()}});
    }
    co_return nullptr;
  }

  static Task<> handshake(TlsStream& stream) {
    const auto [failure] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_result);
    if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
    if (failure) throw Error(ErrorKind::unavailable, failure.message());
  }

  ServerOptions options_;
  Handler handler_;
  Log& log_;
  std::unique_ptr<Clock> clock_;
  std::shared_ptr<asio::ssl::context> tls_;
  tcp::acceptor acceptor_;
  std::uint16_t port_;
  asio::steady_timer room_;   // cancelled whenever a connection ends
  asio::steady_timer grace_;  // runs from stop() on
  bool stopping_ = false;
  ConnectionContext context_{options_, handler_, log_, stopping_};
  std::list<Open> open_;
  std::shared_ptr<TaskGroup> group_;
};

}  // namespace

std::unique_ptr<Server> make_server(asio::any_io_executor executor, ServerOptions options, Handler handler,
                                    Log& log) {
  return std::make_unique<ListeningServer>(std::move(executor), std::move(options), std::move(handler), log);
}

}  // namespace s3dr::http
