// A server and a pool in one event loop on this thread; every test of the socket code runs in it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/task_group.h"
#include "http/pool.h"
#include "http/server.h"

namespace s3dr::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Remembers what was logged.
class MemoryLog : public Log {
 public:
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override {
    std::string line(event);
    for (const LogField& field : fields) line += " " + field.name + "=" + field.value;
    lines.push_back(std::move(line));
    if (level == LogLevel::error) ++errors;
  }
  std::vector<std::string> lines;
  int errors = 0;
};

class Loopback : public testing::Test {
 public:
  Loopback() : clock_(make_real_clock()) {}

  // Runs `work` to its end with the server up (`limit` is for work that hangs, on a machine however busy),
  // then stops the server; an error of `work` fails the test.
  void run(Task<> work, milliseconds limit = 180s) {
    std::exception_ptr failure;
    bool done = false;
    asio::co_spawn(io_, guarded(std::move(work)), [&](std::exception_ptr error) {
      failure = error;
      done = true;
    });
    io_.run_for(limit);
    ASSERT_TRUE(done) << "the test's work did not end in time";
    if (failure) std::rethrow_exception(failure);
  }

  void serve(Handler handler, ServerOptions options = {}) {
    server_ = make_server(io_.get_executor(), std::move(options), std::move(handler), log_);
  }

  HttpTransport& pool(PoolOptions options = {}) {
    if (pool_ == nullptr) pool_ = make_pool(io_.get_executor(), *clock_, std::move(options));
    return *pool_;
  }

  Endpoint endpoint(bool tls = false, std::string host = "127.0.0.1") const {
    return Endpoint{tls, std::move(host), server_->port()};
  }

  static HttpRequest get(std::string target) {
    HttpRequest request;
    request.method = "GET";
    request.target = std::move(target);
    return request;
  }

  static HttpRequest put(std::string target, Body body) {
    HttpRequest request;
    request.method = "PUT";
    request.target = std::move(target);
    request.body = std::move(body);
    return request;
  }

  Task<std::string> fetch(HttpRequest request, SendOptions options = {},
                          std::size_t bytes_max = 64 * 1024 * 1024) {
    auto response = co_await pool().send(endpoint(), std::move(request), options);
    co_return co_await response.body.read_all(bytes_max);
  }

  // Sends raw bytes over a fresh connection and returns everything until the server closes.
  Task<std::string> raw(std::string bytes, bool then_shut_down = false) {
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), server_->port()}, asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
    if (then_shut_down) socket.shutdown(asio::ip::tcp::socket::shutdown_send);
    co_return co_await read_to_end(socket);
  }

  static Task<std::string> read_to_end(asio::ip::tcp::socket& socket) {
    std::string all;
    std::string piece(64 * 1024, '\0');
    try {
      while (true) {
        const std::size_t count = co_await socket.async_read_some(asio::buffer(piece), asio::use_awaitable);
        all.append(piece.data(), count);
      }
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::connection_reset) all += "<reset>";
    }
    co_return all;
  }

  asio::io_context io_;
  std::unique_ptr<Clock> clock_;
  MemoryLog log_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HttpTransport> pool_;

 private:
  Task<> guarded(Task<> work) {
    TaskGroup group(io_.get_executor());
    if (server_ != nullptr) group.spawn(server_->run());
    std::exception_ptr failure;
    try {
      co_await std::move(work);
    } catch (...) {
      failure = std::current_exception();
    }
    pool_.reset();
    if (server_ != nullptr) server_->stop(1s);
    co_await group.join();
    if (failure) std::rethrow_exception(failure);
  }
};

// What `task` raises; nullopt-like kind check made short.
inline Task<std::string> failure_of(Task<HttpResponse> task) {
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    co_return std::string(to_string(error.kind()));
  }
  co_return "no error";
}

// A stream of `length` bytes that are never in memory at once; byte i is pattern_at(i).
inline char pattern_at(std::uint64_t position) {
  return static_cast<char>((position * 31 + (position >> 13)) & 0xff);
}

class PatternReader : public BodyReader {
 public:
  explicit PatternReader(std::uint64_t length, std::uint64_t fail_at = UINT64_MAX)
      : left_(length), fail_at_(fail_at) {}
  Task<std::size_t> read(std::span<char> buffer) override {
    if (position_ >= fail_at_) throw Error(ErrorKind::corrupt, "planted");
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    for (std::size_t i = 0; i < count; ++i) buffer[i] = pattern_at(position_ + i);
    position_ += count;
    left_ -= count;
    co_return count;
  }

 private:
  std::uint64_t left_;
  std::uint64_t fail_at_;
  std::uint64_t position_ = 0;
};

// Reads all of it, checks every byte against the pattern, returns how many there were.
inline Task<std::uint64_t> consume_pattern(std::unique_ptr<BodyReader> reader,
                                           std::size_t buffer_bytes = 128 * 1024) {
  std::vector<char> buffer(buffer_bytes);
  std::uint64_t position = 0;
  while (true) {
    const std::size_t count = co_await reader->read(std::span<char>(buffer));
    if (count == 0) co_return position;
    for (std::size_t i = 0; i < count; ++i) {
      if (buffer[i] != pattern_at(position + i)) throw Error(ErrorKind::corrupt, "a byte changed on the way");
    }
    position += count;
  }
}

}  // namespace s3dr::http
