// Reads the body of an arriving message from a connection. A body with a length goes straight into the
// caller's memory. A chunked body goes through Beast's parser. Only http/beast_pool.cc and
// http/beast_server.cc may include this file.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstring>
#include <optional>
#include <span>

#include "base/error.h"
#include "http/input_buffer.h"
#include "http/wire.h"

namespace s3dr::http {

template <bool is_request>
using MessageParser = boost::beast::http::parser<is_request, boost::beast::http::buffer_body>;

enum class BodyEnd { none, length, chunked, connection };  // what ends the body

template <bool is_request>
class IncomingBody {
 public:
  // `parser` has read the header block. `input` holds the bytes that arrived after it. Both outlive this
  // object.
  IncomingBody(MessageParser<is_request>& parser, InputBuffer& input, BodyEnd end, std::uint64_t length)
      : parser_(parser), input_(input), end_(end), left_(length) {
    if (end_ == BodyEnd::length && left_ == 0) end_ = BodyEnd::none;
    parser_.eager(true);  // many small chunks in one call
  }

  bool finished() const { return end_ == BodyEnd::none; }
  BodyEnd end() const { return end_; }
  std::uint64_t left() const { return left_; }  // of a body that is ended by its length

  // As BodyReader::read. Raises WireFailure for the connection, unavailable when it ended too early, corrupt
  // for malformed chunks.
  Task<std::size_t> read(Wire& wire, std::span<char> buffer, std::chrono::milliseconds idle_max) {
    if (buffer.empty()) throw Error(ErrorKind::invalid, "a read needs a buffer");
    switch (end_) {
      case BodyEnd::none:
        co_return 0;
      case BodyEnd::chunked:
        co_return co_await read_chunked(wire, buffer, idle_max);
      case BodyEnd::length:
      case BodyEnd::connection:
        break;
    }
    const bool by_length = end_ == BodyEnd::length;
    if (by_length && buffer.size() > left_) buffer = buffer.first(static_cast<std::size_t>(left_));
    if (input_.empty() && buffer.size() < small_read && (!by_length || left_ > buffer.size()))
      input_.commit(co_await wire.read_some(input_.space(), wire_time_in(idle_max)));
    std::size_t count = 0;
    if (!input_.empty()) {
      count = std::min(buffer.size(), input_.size());
      std::memcpy(buffer.data(), input_.view().data(), count);
      input_.consume(count);
    } else {
      count = co_await wire.read_some(buffer, wire_time_in(idle_max));
    }
    if (by_length) {
      if (count == 0) throw cut_off();
      left_ -= count;
      if (left_ == 0) end_ = BodyEnd::none;
    } else if (count == 0) {
      end_ = BodyEnd::none;
    }
    co_return count;
  }

 private:
  static constexpr std::size_t small_read = 8 * 1024;

  static Error cut_off() {
    return Error(ErrorKind::unavailable, "the connection ended in the middle of a body");
  }

  Task<std::size_t> read_chunked(Wire& wire, std::span<char> buffer, std::chrono::milliseconds idle_max) {
    auto& body = parser_.get().body();
    body.data = buffer.data();
    body.size = buffer.size();
    body.more = true;
    while (true) {
      boost::system::error_code failure;
      const std::string_view bytes = input_.view();
      const std::size_t used =
          bytes.empty() ? 0 : parser_.put(boost::asio::buffer(bytes.data(), bytes.size()), failure);
      input_.consume(used);
      namespace http = boost::beast::http;
      if (failure == http::error::need_buffer) failure = {};
      const bool hungry = failure == http::error::need_more || bytes.empty();
      if (failure && !hungry) throw Error(ErrorKind::corrupt, "malformed chunked body: " + failure.message());
      const std::size_t produced = buffer.size() - body.size;
      if (parser_.is_done()) end_ = BodyEnd::none;
      if (produced > 0 || parser_.is_done()) co_return produced;
      if (!hungry && used > 0) continue;
      if (input_.full())
        throw Error(ErrorKind::corrupt, "malformed chunked body: a chunk header without end");
      const std::size_t count = co_await wire.read_some(input_.space(), wire_time_in(idle_max));
      if (count == 0) throw cut_off();
      input_.commit(count);
    }
  }

  MessageParser<is_request>& parser_;
  InputBuffer& input_;
  BodyEnd end_;
  std::uint64_t left_;
};

}  // namespace s3dr::http
