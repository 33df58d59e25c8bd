#include "http/wire.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

namespace s3dr::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t write_step_bytes = 256 * 1024;
constexpr WireTime never = WireTime::max();
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Cancels the socket's operations when one of them overstays. The timer is not touched per operation: it runs
// on and looks, when it fires, whether there is still something to wait for. That keeps a limit on every read
// and write almost free.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  explicit Watch(tcp::socket& socket) : socket_(&socket), timer_(socket.get_executor()) {}

  void begin(WireTime& side, WireTime until) {
    side = until;
    if (until < armed_for_) arm(until);
  }
  void rest() {
    if (armed_for_ == never) return;
    armed_for_ = never;
    timer_.cancel();
  }
  void release() {
    socket_ = nullptr;
    timer_.cancel();
  }
  bool expired() const { return expired_; }

  WireTime read_until = never;
  WireTime write_until = never;

 private:
  void arm(WireTime time) {
    armed_for_ = time;
    timer_.expires_at(time);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code failure) {
      if (!failure) self->fired();
    });
  }
  void fired() {
    if (socket_ == nullptr) return;
    armed_for_ = never;
    const WireTime next = std::min(read_until, write_until);
    if (next == never) return;
    if (next > WireTime::clock::now()) return arm(next);
    expired_ = true;
    boost::system::error_code ignored;
    socket_->cancel(ignored);
  }

  tcp::socket* socket_;
  asio::steady_timer timer_;
  WireTime armed_for_ = never;
  bool expired_ = false;
};

tcp::socket& lowest(tcp::socket& socket) {
  return socket;
}
tcp::socket& lowest(std::unique_ptr<TlsStream>& stream) {
  return stream->next_layer();
}
tcp::socket& stream_of(tcp::socket& socket) {
  return socket;
}
TlsStream& stream_of(std::unique_ptr<TlsStream>& stream) {
  return *stream;
}

template <class Holder>
class StreamWire : public Wire {
 public:
  explicit StreamWire(Holder holder)
      : holder_(std::move(holder)), watch_(std::make_shared<Watch>(lowest(holder_))) {
    boost::system::error_code ignored;
    lowest(holder_).set_option(tcp::no_delay(true), ignored);
  }
  ~StreamWire() override { watch_->release(); }

  Task<std::size_t> read_some(std::span<char> buffer, WireTime until) override {
    refuse_if_expired();
    watch_->begin(watch_->read_until, until);
    const auto [failure, count] =
        co_await stream_of(holder_).async_read_some(asio::buffer(buffer.data(), buffer.size()), as_result);
    watch_->read_until = never;
    if (count > 0) co_return count;
    if (failure == asio::error::eof) co_return 0;
    raise(failure);
  }

  Task<> write(std::string_view first, std::string_view second,
               std::chrono::milliseconds stall_max) override {
    while (!first.empty() || !second.empty()) {
      refuse_if_expired();
      const auto head = first.substr(0, write_step_bytes);
      const auto tail = second.substr(0, write_step_bytes - head.size());
      watch_->begin(watch_->write_until, wire_time_in(stall_max));
      const auto [failure, count] = co_await write_step(head, tail);
      watch_->write_until = never;
      bytes_written_ += count;
      if (failure) raise(failure);
      first.remove_prefix(head.size());
      second.remove_prefix(tail.size());
    }
  }

  std::uint64_t bytes_written() const override { return bytes_written_; }

  void shut_down_send() override {
    boost::system::error_code ignored;
    lowest(holder_).shutdown(tcp::socket::shutdown_send, ignored);
  }

  void abort() override {
    boost::system::error_code ignored;
    lowest(holder_).set_option(asio::socket_base::linger(true, 0), ignored);
    lowest(holder_).close(ignored);
  }

  void interrupt() override {
    boost::system::error_code ignored;
    lowest(holder_).cancel(ignored);
  }

  void rest() override { watch_->rest(); }

  bool quiet() override {
    if (watch_->expired() || !lowest(holder_).is_open()) return false;
    char byte = 0;
    const auto count = ::recv(lowest(holder_).native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  bool tls() const override { return !std::is_same_v<Holder, tcp::socket>; }

  std::string tls_version() override {
    if constexpr (std::is_same_v<Holder, tcp::socket>) {
      return "";
    } else {
      constexpr std::string_view before = "TLSv";
      const std::string_view name = SSL_get_version(holder_->native_handle());
      return std::string(name.starts_with(before) ? name.substr(before.size()) : name);
    }
  }

  std::string remote_address() override {
    boost::system::error_code failure;
    const auto peer = lowest(holder_).remote_endpoint(failure);
    return failure ? std::string() : peer.address().to_string();
  }

 private:
  using StepResult = std::tuple<boost::system::error_code, std::size_t>;

  Task<StepResult> write_step(std::string_view head, std::string_view tail) {
    if constexpr (std::is_same_v<Holder, tcp::socket>) {
      const std::array<asio::const_buffer, 2> buffers{asio::buffer(head.data(), head.size()),
                                                      asio::buffer(tail.data(), tail.size())};
      co_return co_await asio::async_write(holder_, buffers, as_result);
    } else {
      // A TLS record is made from one piece of memory: two small ones are joined, so that they share a
      // record.
      if (!head.empty() && !tail.empty() && head.size() + tail.size() <= 64 * 1024) {
        std::string joined;
        joined.reserve(head.size() + tail.size());
        joined.append(head).append(tail);
        co_return co_await asio::async_write(*holder_, asio::buffer(joined), as_result);
      }
      const std::string_view pieces[2] = {head, tail};
      std::size_t total = 0;
      for (const auto piece : pieces) {
        if (piece.empty()) continue;
        const auto [failure, count] =
            co_await asio::async_write(*holder_, asio::buffer(piece.data(), piece.size()), as_result);
        total += count;
        if (failure) co_return StepResult(failure, total);
      }
      co_return StepResult({}, total);
    }
  }

  void refuse_if_expired() const {
    if (watch_->expired()) throw WireFailure(asio::error::timed_out);
  }

  [[noreturn]] void raise(boost::system::error_code failure) const {
    if (failure == asio::error::operation_aborted) {
      if (watch_->expired()) throw WireFailure(asio::error::timed_out);
      throw boost::system::system_error(failure);
    }
    throw WireFailure(failure);
  }

  Holder holder_;
  std::shared_ptr<Watch> watch_;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace

bool WireFailure::timed_out() const {
  return code_ == asio::error::timed_out;
}

WireTime wire_time_in(std::chrono::milliseconds duration) {
  return WireTime::clock::now() + duration;
}

std::unique_ptr<Wire> make_wire(tcp::socket socket) {
  return std::make_unique<StreamWire<tcp::socket>>(std::move(socket));
}

std::unique_ptr<Wire> make_wire(std::unique_ptr<TlsStream> stream) {
  return std::make_unique<StreamWire<std::unique_ptr<TlsStream>>>(std::move(stream));
}

}  // namespace s3dr::http
