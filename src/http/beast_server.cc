// One server connection: strict check of the header block, then Beast as second check and for chunks, then
// the handler, then the answer.
#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/pseudo_header.h"
#include "base/task_group.h"
#include "http/body_writer.h"
#include "http/connection.h"
#include "http/incoming_body.h"
#include "http/message_head.h"
#include "http/strict_head.h"

namespace s3dr::http {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t drain_bytes_max = 1024 * 1024;  // of a request body the handler did not read
constexpr std::chrono::milliseconds linger_max{1'000};
constexpr std::size_t input_bytes_min = 64 * 1024;

// A request being served. The handler's body reader shares it and may outlive the connection: `wire` is null
// then.
struct Exchange {
  Exchange(Wire& connection, InputBuffer& input_buffer, std::chrono::milliseconds idle_limit)
      : wire(&connection), input(input_buffer), idle_max(idle_limit) {}

  Task<std::size_t> read(std::span<char> buffer);
  bool unread() const { return body && !body->finished(); }
  bool awaits_continue() const { return expects_continue && unread() && input.empty(); }

  Wire* wire;
  InputBuffer& input;
  std::chrono::milliseconds idle_max;
  MessageParser<true> parser;
  std::optional<IncomingBody<true>> body;
  bool expects_continue = false;
  bool responding = false;
  bool broken = false;
};

class RequestBody : public BodyReader {
 public:
  explicit RequestBody(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Task<std::size_t> read(std::span<char> buffer) override { return exchange_->read(buffer); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

// The client's fault, in S3's words. Whoever reads the body can answer with it.
std::exception_ptr told(std::string code, std::string message) {
  Error error(ErrorKind::invalid, std::move(message));
  error.with_code(std::move(code)).with_status(400);
  return std::make_exception_ptr(std::move(error));
}

Task<std::size_t> Exchange::read(std::span<char> buffer) {
  if (wire == nullptr || broken) throw Error(ErrorKind::unavailable, "the request is over");
  std::exception_ptr failure;
  try {
    if (awaits_continue() && !responding) {
      expects_continue = false;
      co_await wire->write("HTTP/1.1 100 Continue\r\n\r\n", {}, idle_max);
    }
    co_return co_await body->read(*wire, buffer, idle_max);
  } catch (const WireFailure& caught) {
    failure =
        caught.timed_out()
            ? told("RequestTimeout",
                   "Your socket connection to the server was not read from or written to within the timeout "
                   "period. Idle connections will be closed.")
            : told("IncompleteBody", std::string("the request body broke off: ") + caught.what());
  } catch (const Error& error) {
    failure = std::current_exception();
    if (error.kind() == ErrorKind::corrupt) failure = told("InvalidRequest", error.message());
    if (error.kind() == ErrorKind::unavailable) failure = told("IncompleteBody", error.message());
  } catch (...) {
    failure = std::current_exception();
  }
  broken = true;
  std::rethrow_exception(failure);
}

class Connection {
 public:
  Connection(Wire& wire, const ConnectionContext& context, ConnectionState& state)
      : wire_(wire),
        context_(context),
        options_(context.options),
        state_(state),
        input_(std::max(input_bytes_min, context.options.header_bytes_max)),
        remote_address_(wire.remote_address()) {}

  // Serves one request; false when the connection is to be closed.
  Task<bool> serve_one();

 private:
  Task<std::expected<Head, Refusal>> read_head();
  std::expected<void, Refusal> open_body(Exchange& exchange, std::string_view block, const Head& head);
  Task<HttpResponse> call_handler(HttpRequest request, const Exchange& exchange);
  Task<bool> respond(Exchange& exchange, HttpResponse response, bool is_head, bool closes, bool knows_chunks);
  Task<bool> respond_stream(HttpResponse& response, BodyFraming framing, bool closes);
  Task<bool> refuse(int status);
  Task<bool> drain(Exchange& exchange);
  Task<> linger();
  HttpResponse failed(const std::exception_ptr& failure, std::string_view what) const;
  HttpResponse blamed(const std::exception_ptr& failure) const;

  Wire& wire_;
  const ConnectionContext& context_;
  const ServerOptions& options_;
  ConnectionState& state_;
  InputBuffer input_;
  std::string remote_address_;
  std::size_t block_size_ = 0;
};

Task<bool> Connection::serve_one() {
  state_.busy = false;
  if (state_.known) state_.idle_since = wire_time_in(std::chrono::milliseconds(0));
  if (context_.stopping) co_return false;
  if (input_.empty()) {
    const std::size_t count = co_await wire_.read_some(input_.space(), wire_time_in(options_.idle_max));
    if (count == 0) co_return false;
    input_.commit(count);
  }
  state_.busy = state_.reads_header = true;
  auto head = co_await read_head();
  state_.reads_header = false;
  const auto exchange = std::make_shared<Exchange>(wire_, input_, options_.idle_max);
  if (head) {
    const auto opened = open_body(*exchange, input_.view().substr(0, block_size_), *head);
    if (!opened) head = std::unexpected(opened.error());
  }
  if (!head) {
    context_.log.info("request refused", {{"reason", head.error().reason}, {"remote", remote_address_}});
    co_return co_await refuse(head.error().status);
  }
  HttpRequest request;
  request.method = std::move(head->method);
  request.target = std::move(head->target);
  request.headers = std::move(head->headers);
  request.tls = wire_.tls();
  if (request.tls) request.headers.set(std::string(tls_version_field), wire_.tls_version());
  request.remote_address = remote_address_;
  if (exchange->unread()) request.body = Body(std::make_unique<RequestBody>(exchange), head->content_length);
  const bool is_head = request.method == "HEAD";
  // Whatever happens, a reader that the handler kept must not touch this connection afterwards.
  struct Detach {
    Exchange& exchange;
    ~Detach() { exchange.wire = nullptr; }
  } detach{*exchange};
  auto response = co_await call_handler(std::move(request), *exchange);
  if (response.status < 400) state_.known = true;
  co_return co_await respond(*exchange, std::move(response), is_head, head->closes, !head->is_http_1_0);
}

// Reads until the header block is complete and checks it; block_size_ bytes of the input are then the block.
Task<std::expected<Head, Refusal>> Connection::read_head() {
  const WireTime until = wire_time_in(options_.header_max);
  std::size_t scanned = 0;
  while (true) {
    const HeadEnd end = find_head_end(input_.view(), scanned);
    if (end.state == HeadEnd::State::broken)
      co_return std::unexpected(Refusal{400, "bare CR, bare LF or NUL in the header block"});
    if (end.state == HeadEnd::State::complete) {
      block_size_ = end.size;
      co_return check_head(input_.view().substr(0, end.size), options_.header_bytes_max);
    }
    scanned = end.size;
    if (input_.size() > options_.header_bytes_max || input_.full())
      co_return std::unexpected(Refusal{431, "the header block is too large"});
    const std::size_t count = co_await wire_.read_some(input_.space(), until);
    if (count == 0) throw WireFailure(asio::error::eof);
    input_.commit(count);
  }
}

// Beast reads the same block; where the two differ about the body, the request is refused.
std::expected<void, Refusal> Connection::open_body(Exchange& exchange, std::string_view block,
                                                   const Head& head) {
  exchange.parser.header_limit(static_cast<std::uint32_t>(block.size() + 1));
  exchange.parser.body_limit(boost::none);
  boost::system::error_code failure;
  const std::size_t used = exchange.parser.put(asio::buffer(block.data(), block.size()), failure);
  const auto length = exchange.parser.content_length();
  const bool agreed = !failure && exchange.parser.is_header_done() && used == block.size() &&
                      exchange.parser.chunked() == head.chunked &&
                      length.has_value() == head.content_length.has_value() &&
                      (!length || *length == *head.content_length);
  if (!agreed) return std::unexpected(Refusal{400, "the two parsers differ about the header block"});
  input_.consume(block.size());
  exchange.expects_continue = head.expects_continue;
  const BodyEnd end = head.chunked ? BodyEnd::chunked : head.content_length ? BodyEnd::length : BodyEnd::none;
  exchange.body.emplace(exchange.parser, input_, end, head.content_length.value_or(0));
  return {};
}

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown exception";
  }
}

HttpResponse Connection::failed(const std::exception_ptr& failure, std::string_view what) const {
  context_.log.error(what, {{"error", text_of(failure)}, {"remote", remote_address_}});
  HttpResponse response;
  response.status = 500;
  return response;
}

// The peer's doing, not ours.
HttpResponse Connection::blamed(const std::exception_ptr& failure) const {
  context_.log.info("request body refused", {{"error", text_of(failure)}, {"remote", remote_address_}});
  HttpResponse response;
  response.status = 400;
  return response;
}

Task<HttpResponse> Connection::call_handler(HttpRequest request, const Exchange& exchange) {
  try {
    auto response = co_await context_.handler(std::move(request));
    if (response.status < 200) throw Error(ErrorKind::invalid, "a handler answered with an interim status");
    co_return response;
  } catch (...) {
    const auto failure = std::current_exception();
    if (is_cancellation(failure)) throw;
    if (exchange.broken) co_return blamed(failure);
    co_return failed(failure, "request failed");
  }
}

std::optional<std::uint64_t> declared_length(const HttpResponse& response) {
  const auto text = response.headers.get("Content-Length");
  std::uint64_t length = 0;
  if (!text) return std::nullopt;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), length);
  if (failure != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return length;
}

Task<bool> Connection::respond(Exchange& exchange, HttpResponse response, bool is_head, bool closes,
                               bool knows_chunks) {
  // Whether the rest of the request body will be read away has to be known before the head goes out.
  const bool abandons = exchange.broken || exchange.awaits_continue() ||
                        (exchange.unread() && exchange.body->end() == BodyEnd::length &&
                         exchange.body->left() > drain_bytes_max);
  closes = closes || abandons || context_.stopping ||
           equals_ignoring_case(response.headers.get_or("Connection", ""), "close");
  exchange.responding = true;
  const bool bodiless = is_head || !status_has_body(response.status);
  if (!bodiless && response.body.is_stream()) {
    const auto length = response.body.length();
    const Framing unknown = knows_chunks ? Framing::chunked : Framing::to_end;
    const BodyFraming framing{length ? Framing::length : unknown, length.value_or(0)};
    if (!co_await respond_stream(response, framing, closes)) co_return false;
  } else {
    BodyFraming framing;
    std::optional<std::uint64_t> declared;
    std::string_view text;
    if (bodiless) {
      declared = declared_length(response);
      if (is_head && !declared && status_has_body(response.status)) declared = response.body.length();
      if (response.status == 204) declared.reset();
    } else {
      text = response.body.text();
      framing = {Framing::length, text.size()};
    }
    std::string head;
    std::exception_ptr failure;
    try {
      head = response_head(response, framing, declared, closes);
    } catch (const Error&) {
      failure = std::current_exception();
    }
    if (failure) {
      head = response_head(failed(failure, "response cannot be sent"), {Framing::length, 0}, std::nullopt,
                           closes);
      text = {};
    }
    co_await wire_.write(head, text, options_.idle_max);
  }
  if (!closes && co_await drain(exchange)) co_return true;
  co_await linger();
  co_return false;
}

// False when the stream failed; the connection was then answered with 500 (nothing had left) or broken off.
Task<bool> Connection::respond_stream(HttpResponse& response, BodyFraming framing, bool closes) {
  const std::uint64_t before = wire_.bytes_written();
  std::exception_ptr failure;
  try {
    std::string head = response_head(response, framing, std::nullopt, closes);
    const auto reader = response.body.take_reader();
    co_await write_stream(wire_, std::move(head), *reader, framing, options_.idle_max);
    co_return true;
  } catch (...) {
    failure = std::current_exception();
  }
  if (wire_.bytes_written() != before || is_cancellation(failure)) {
    wire_.abort();
    try {
      std::rethrow_exception(failure);
    } catch (const WireFailure&) {
      throw;  // the peer went away
    } catch (...) {
      if (is_cancellation(failure)) throw;
      failed(failure, "response broken off");
    }
    co_return false;
  }
  try {
    std::rethrow_exception(failure);
  } catch (const WireFailure&) {
    throw;
  } catch (...) {
  }
  const auto answer = failed(failure, "response body failed");
  co_await wire_.write(response_head(answer, {Framing::length, 0}, std::nullopt, true), {},
                       options_.idle_max);
  co_await linger();
  co_return false;
}

Task<bool> Connection::refuse(int status) {
  HttpResponse response;
  response.status = status;
  co_await wire_.write(response_head(response, {Framing::length, 0}, std::nullopt, true), {},
                       options_.idle_max);
  co_await linger();
  co_return false;
}

// Reads the rest of a request body away, so that the next request can follow. False when it is too much or
// fails.
Task<bool> Connection::drain(Exchange& exchange) {
  if (exchange.broken) co_return false;
  if (!exchange.unread()) co_return true;
  std::vector<char> scrap(64 * 1024);
  std::uint64_t total = 0;
  while (exchange.unread() && total <= drain_bytes_max) {
    try {
      total += co_await exchange.read(std::span<char>(scrap));
    } catch (const Error&) {
      co_return false;
    }
  }
  co_return !exchange.unread();
}

// Closing with unread bytes makes the kernel send a reset, which can overtake the answer: take them for a
// moment.
Task<> Connection::linger() {
  wire_.shut_down_send();
  std::vector<char> scrap(64 * 1024);
  const WireTime until = wire_time_in(linger_max);
  for (std::uint64_t total = 0; total < drain_bytes_max;) {
    const std::size_t count = co_await wire_.read_some(std::span<char>(scrap), until);
    if (count == 0) co_return;
    total += count;
  }
}

}  // namespace

Task<> serve_connection(Wire& wire, const ConnectionContext& context, ConnectionState& state) {
  try {
    Connection connection(wire, context, state);
    while (co_await connection.serve_one()) {
    }
  } catch (const WireFailure&) {
    // The peer went away or was too slow: nobody is left to be told.
  } catch (const Error& error) {
    context.log.warning("connection closed", {{"error", error.what()}});
  }
}

}  // namespace s3dr::http
