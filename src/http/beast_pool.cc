// The client pool: one exchange of request and response over a leased connection. Beast parses what arrives.
// Places and connections are in http/pool_lines.h. Sending is in http/message_head.h and http/body_writer.h.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "base/error.h"
#include "base/task_group.h"
#include "http/body_writer.h"
#include "http/dial.h"
#include "http/incoming_body.h"
#include "http/message_head.h"
#include "http/pool.h"
#include "http/pool_lines.h"

namespace s3dr::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t response_header_bytes_max = 64 * 1024;
constexpr milliseconds continue_wait{1'000};
constexpr milliseconds late_answer_wait{1'000};  // for an answer behind a send that failed

enum class Answer {
  here,  // the header block of the final response was read
  none,  // the connection ended before a byte of it
};

// Shows a timer to the other side of the exchange, for as long as it exists: a coroutine that has been
// cancelled leaves at its next co_await.
class ShownTimer {
 public:
  ShownTimer(asio::steady_timer*& place, asio::steady_timer& timer) : place_(place) { place_ = &timer; }
  ~ShownTimer() { place_ = nullptr; }
  ShownTimer(const ShownTimer&) = delete;
  ShownTimer& operator=(const ShownTimer&) = delete;

 private:
  asio::steady_timer*& place_;
};

// Everything that belongs to one request on one connection; lives on with the response body.
class Exchange {
 public:
  Exchange(Lease lease, const HttpRequest& request, milliseconds idle_max)
      : lease_(std::move(lease)), is_head_(request.method == "HEAD"), idle_max_(idle_max) {
    closes_ = equals_ignoring_case(request.headers.get_or("Connection", ""), "close");
  }

  Lease& lease() { return lease_; }
  int status() const { return static_cast<int>(parser_->get().result_int()); }
  bool nothing_sent() { return lease_.wire().bytes_written() == written_before_; }

  // One write, then the answer: for bodies in memory.
  Task<Answer> run_simple(std::string head, std::string_view body);
  // The answer may come while the body is still going out, as early refusals do.
  Task<Answer> run_duplex(std::string head, std::unique_ptr<BodyReader> body, BodyFraming framing,
                          bool expects_continue);

  // Builds the response of the parsed head; the body reader, if one is needed, takes `self` over.
  static HttpResponse finish(std::unique_ptr<Exchange> self);

  Task<std::size_t> read_body(std::span<char> buffer);

 private:
  using Parser = MessageParser<false>;

  Task<> read_head(WireTime until);
  Task<> read_side();
  Task<> send_side(std::string head, BodyReader& body, BodyFraming framing, bool expects_continue);
  Task<> send_body(std::string head, BodyReader& body, BodyFraming framing, bool expects_continue);
  void begin() {
    written_before_ = lease_.wire().bytes_written();
    got_bytes_ = false;
  }
  Answer judge(const WireFailure& failure) const;
  void release();

  Lease lease_;
  InputBuffer input_{response_header_bytes_max};
  std::optional<Parser> parser_;
  std::optional<IncomingBody<false>> body_;
  asio::steady_timer* continue_timer_ = nullptr;
  asio::steady_timer* sending_timer_ = nullptr;
  std::uint64_t written_before_ = 0;
  bool is_head_;
  bool closes_;
  bool body_sent_ = false;
  bool sending_over_ = false;  // sent, or not to be sent any more
  bool got_bytes_ = false;
  bool continued_ = false;
  milliseconds idle_max_;
};

class ResponseBody : public BodyReader {
 public:
  explicit ResponseBody(std::unique_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Task<std::size_t> read(std::span<char> buffer) override { return exchange_->read_body(buffer); }

 private:
  std::unique_ptr<Exchange> exchange_;
};

Task<> Exchange::read_head(WireTime until) {
  while (true) {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(response_header_bytes_max));
    parser_->body_limit(boost::none);
    parser_->skip(is_head_);
    while (!parser_->is_header_done()) {
      boost::system::error_code failure = boost::beast::http::error::need_more;
      const std::string_view bytes = input_.view();
      if (!bytes.empty()) {
        failure = {};
        input_.consume(parser_->put(asio::buffer(bytes.data(), bytes.size()), failure));
      }
      if (parser_->is_header_done()) break;
      if (failure && failure != boost::beast::http::error::need_more)
        throw Error(ErrorKind::outcome_unknown, "malformed response: " + failure.message());
      if (input_.full()) throw Error(ErrorKind::outcome_unknown, "the response's header block is too large");
      const std::size_t count = co_await lease_.wire().read_some(input_.space(), until);
      if (count == 0) throw WireFailure(asio::error::eof);
      input_.commit(count);
      got_bytes_ = true;
    }
    const unsigned status = parser_->get().result_int();
    if (status >= 200) co_return;
    if (status == 101) throw Error(ErrorKind::outcome_unknown, "the server switched protocols unasked");
    if (status == 100) {
      continued_ = true;
      if (continue_timer_ != nullptr) continue_timer_->cancel();
    }
  }
}

Answer Exchange::judge(const WireFailure& failure) const {
  if (!got_bytes_ && !failure.timed_out()) return Answer::none;
  throw Error(ErrorKind::outcome_unknown, failure.timed_out()
                                              ? std::string("no answer within the time limit")
                                              : std::string("the answer broke off: ") + failure.what());
}

Task<Answer> Exchange::run_simple(std::string head, std::string_view body) {
  begin();
  std::optional<WireFailure> failure;
  try {
    co_await lease_.wire().write(head, body, idle_max_);
    body_sent_ = true;
  } catch (const WireFailure& caught) {
    failure = caught;
  }
  if (failure && nothing_sent()) co_return Answer::none;
  if (failure && failure->timed_out())
    throw Error(ErrorKind::outcome_unknown, "the server did not take the request within the time limit");
  const WireTime until = wire_time_in(failure ? late_answer_wait : idle_max_);
  try {
    co_await read_head(until);
  } catch (const WireFailure& caught) {
    failure = caught;
    body_sent_ = false;
  }
  co_return parser_ && parser_->is_header_done() ? Answer::here : judge(*failure);
}

Task<> Exchange::send_body(std::string head, BodyReader& body, BodyFraming framing, bool expects_continue) {
  Wire& wire = lease_.wire();
  if (expects_continue) {
    co_await wire.write(std::exchange(head, {}), {}, idle_max_);
    if (!continued_) {
      asio::steady_timer timer(co_await asio::this_coro::executor, continue_wait);
      const ShownTimer shown(continue_timer_, timer);
      const auto [cancelled] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (cancelled && !continued_) throw boost::system::system_error(cancelled);
    }
  }
  co_await write_stream(wire, std::move(head), body, framing, idle_max_);
  body_sent_ = true;
}

// Ends only by an exception: the other side, which reads the answer, is the one that can succeed.
Task<> Exchange::send_side(std::string head, BodyReader& body, BodyFraming framing, bool expects_continue) {
  std::optional<WireFailure> failure;
  try {
    co_await send_body(std::move(head), body, framing, expects_continue);
  } catch (const WireFailure& caught) {
    failure = caught;
  }
  sending_over_ = true;
  if (sending_timer_ != nullptr) sending_timer_->cancel();
  if (failure && failure->timed_out()) throw *failure;
  // A server that refuses early closes, and the refusal may stand right behind the reset.
  asio::steady_timer timer(co_await asio::this_coro::executor, failure ? late_answer_wait : idle_max_);
  co_await timer.async_wait(asio::use_awaitable);
  throw failure ? *failure : WireFailure(asio::error::timed_out);
}

// A refusal makes the rest of the body pointless; a success that begins early still needs all of it.
Task<> Exchange::read_side() {
  co_await read_head(WireTime::max());
  if (sending_over_ || parser_->get().result_int() >= 300) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  const ShownTimer shown(sending_timer_, timer);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!sending_over_) throw boost::system::system_error(asio::error::operation_aborted);
}

Task<Answer> Exchange::run_duplex(std::string head, std::unique_ptr<BodyReader> body, BodyFraming framing,
                                  bool expects_continue) {
  begin();
  const auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, send_side(std::move(head), *body, framing, expects_continue), asio::deferred),
      asio::co_spawn(executor, read_side(), asio::deferred));
  const auto [order, send_failure, read_failure] =
      co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!read_failure) co_return Answer::here;
  // The side that ended first tells why; the other one was only cancelled. A failing body source is told as
  // it is.
  const std::exception_ptr first = order[0] == 0 ? send_failure : read_failure;
  body_sent_ = false;
  std::optional<WireFailure> failure;
  try {
    std::rethrow_exception(first);
  } catch (const WireFailure& caught) {
    failure = caught;
  }
  if (failure->timed_out() && nothing_sent()) co_return Answer::none;
  co_return judge(*failure);
}

void Exchange::release() {
  const bool reusable = parser_->keep_alive() && body_sent_ && !closes_ && input_.empty();
  if (reusable)
    lease_.give_back();
  else
    lease_.drop();
}

HttpResponse Exchange::finish(std::unique_ptr<Exchange> self) {
  const auto& message = self->parser_->get();
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message.base()) {
    const auto name = field.name_string();
    const auto value = field.value();
    response.headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  const auto length = self->parser_->content_length();
  BodyEnd end = BodyEnd::connection;
  if (self->is_head_ || !status_has_body(response.status))
    end = BodyEnd::none;
  else if (self->parser_->chunked())
    end = BodyEnd::chunked;
  else if (length)
    end = BodyEnd::length;
  if (end == BodyEnd::none || (end == BodyEnd::length && *length <= self->input_.size())) {
    if (end == BodyEnd::length) {
      const auto size = static_cast<std::size_t>(*length);
      response.body = Body(std::string(self->input_.view().substr(0, size)));
      self->input_.consume(size);
    }
    self->release();
    return response;
  }
  std::optional<std::uint64_t> body_length;
  if (end == BodyEnd::length) body_length = *length;
  self->body_.emplace(*self->parser_, self->input_, end, body_length.value_or(0));
  response.body = Body(std::make_unique<ResponseBody>(std::move(self)), body_length);
  return response;
}

Task<std::size_t> Exchange::read_body(std::span<char> buffer) {
  if (body_->finished()) co_return 0;
  if (!lease_.holds()) throw Error(ErrorKind::unavailable, "the response body failed before");
  std::size_t count = 0;
  std::exception_ptr failure;
  try {
    count = co_await body_->read(lease_.wire(), buffer, idle_max_);
  } catch (const WireFailure& caught) {
    failure = std::make_exception_ptr(
        Error(ErrorKind::unavailable, std::string("the response body broke off: ") + caught.what()));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    lease_.drop();
    std::rethrow_exception(failure);
  }
  // The place is free as soon as the last byte is here; nobody has to read on to be told of the end.
  if (body_->finished()) release();
  co_return count;
}

Task<HttpResponse> send_request(std::shared_ptr<PoolLines> lines, Endpoint endpoint, HttpRequest request,
                                SendOptions options) {
  const BodyFraming framing = request_framing(request);
  const std::optional<Proxy> proxy = endpoint.tls ? std::nullopt : lines->proxy_for(endpoint);
  const std::string head = request_head(request, endpoint, framing, proxy);
  const bool expects_continue = framing.kind != Framing::none &&
                                equals_ignoring_case(request.headers.get_or("Expect", ""), "100-continue");
  const bool simple = !request.body.is_stream() && !expects_continue;
  const bool repeatable = simple && (request.method == "GET" || request.method == "HEAD");
  bool fresh_only = false;
  Lease lease = co_await lines->enter(endpoint);
  while (true) {
    co_await lease.connect(fresh_only, options.connect_max);
    auto exchange = std::make_unique<Exchange>(std::move(lease), request, options.idle_max);
    const Answer answer =
        simple ? co_await exchange->run_simple(head, request.body.text())
               : co_await exchange->run_duplex(head, request.body.take_reader(), framing, expects_continue);
    if (answer == Answer::here) {
      if (proxy && exchange->status() == 407) throw proxy_wants_credentials(endpoint, *proxy);
      co_return Exchange::finish(std::move(exchange));
    }
    if (exchange->lease().pooled() && repeatable) {
      fresh_only = true;
      lease = std::move(exchange->lease());
      continue;
    }
    if (exchange->nothing_sent())
      throw Error(ErrorKind::unavailable, "the connection was dead before the request")
          .with_resource(endpoint.url());
    throw Error(ErrorKind::outcome_unknown, "the connection ended without an answer")
        .with_resource(endpoint.url());
  }
}

class Pool : public HttpTransport {
 public:
  explicit Pool(std::shared_ptr<PoolLines> lines) : lines_(std::move(lines)) {}
  ~Pool() override { lines_->close(); }

  Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, SendOptions options) override {
    return send_request(lines_, std::move(endpoint), std::move(request), options);
  }

 private:
  std::shared_ptr<PoolLines> lines_;
};

}  // namespace

std::unique_ptr<HttpTransport> make_pool(asio::any_io_executor executor, Clock& clock, PoolOptions options) {
  return std::make_unique<Pool>(std::make_shared<PoolLines>(std::move(executor), clock, std::move(options)));
}

}  // namespace s3dr::http
