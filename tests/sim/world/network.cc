#include "sim/world/network.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/error.h"
#include "base/notifier.h"
#include "s3/error_response.h"

namespace s3dr::sim {
namespace {

// A body that breaks off: after so many bytes, or when the node that sends it has died.
class BreakingReader : public BodyReader {
 public:
  BreakingReader(std::unique_ptr<BodyReader> inner, std::shared_ptr<Life> life,
                 std::optional<std::uint64_t> bytes)
      : inner_(std::move(inner)), life_(std::move(life)), bytes_(bytes) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    if (life_ && life_->dying) throw Error(ErrorKind::unavailable, "the connection was reset");
    if (bytes_ && *bytes_ == 0) throw Error(ErrorKind::unavailable, "the connection was reset");
    if (bytes_ && buffer.size() > *bytes_) buffer = buffer.first(*bytes_);
    const std::size_t count = co_await inner_->read(buffer);
    if (bytes_) *bytes_ -= count;
    co_return count;
  }

 private:
  std::unique_ptr<BodyReader> inner_;
  std::shared_ptr<Life> life_;
  std::optional<std::uint64_t> bytes_;
};

struct Exchange {
  explicit Exchange(boost::asio::any_io_executor executor) : ended(std::move(executor)) {}
  Notifier ended;
  std::optional<HttpResponse> response;
};

// Runs in the server's group. Whatever happens, the one who waits is told.
Task<> serve(std::shared_ptr<Exchange> exchange, std::shared_ptr<Life> life, Door door, HttpRequest request) {
  std::exception_ptr failure;
  std::optional<HttpResponse> response;
  try {
    response = co_await door(std::move(request));
  } catch (...) {
    failure = std::current_exception();
  }
  if (!life->dying) exchange->response = std::move(response);
  exchange->ended.notify();
  if (failure) std::rethrow_exception(failure);
}

HttpResponse refusal(int status, std::string_view code) {
  HttpResponse response;
  response.status = status;
  response.headers.set("x-amz-request-id", "SIM");
  response.body = Body(s3::write_error(code, "injected", "/", "SIM", "SIM"));
  return response;
}

// A throttle in the words of the service that the request is signed for: S3's, the Query protocol's or JSON.
HttpResponse throttle(const HttpRequest& request) {
  const std::string scope(request.headers.get_or("authorization", ""));
  if (scope.empty() || scope.find("/s3/aws4_request") != std::string::npos) return refusal(503, "SlowDown");
  HttpResponse response;
  response.status = 400;
  response.headers.set("x-amzn-requestid", "SIM");
  if (request.headers.get_or("x-amz-target", "").empty()) {
    response.body = Body(
        "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message>"
        "</Error><RequestId>SIM</RequestId></ErrorResponse>");
  } else {
    response.headers.set("x-amzn-errortype", "ThrottlingException");
    response.body = Body(R"({"__type":"ThrottlingException","message":"Rate exceeded"})");
  }
  return response;
}

HttpResponse canned(const CannedAnswer& answer) {
  if (!answer.code.empty()) return refusal(answer.status, answer.code);
  HttpResponse response;
  response.status = answer.status;
  if (!answer.error_type.empty()) response.headers.set("x-amzn-ErrorType", answer.error_type);
  response.body = Body(answer.body);
  return response;
}

Error unknown() {
  return Error(ErrorKind::outcome_unknown, "no answer");
}

bool is_form(const HttpRequest& request) {
  return request.headers.get_or("content-type", "").starts_with("application/x-www-form-urlencoded");
}

std::string operation_of(const HttpRequest& request) {
  const std::string target(request.headers.get_or("x-amz-target", ""));
  if (!target.empty()) return target.substr(target.rfind('.') + 1);
  constexpr std::string_view action = "Action=";
  const std::string form = is_form(request) && !request.body.is_stream() ? "&" + request.body.text() : "";
  const std::size_t found = form.find("&Action=");
  if (found == std::string::npos) return request.method + " " + request.target;
  const std::size_t start = found + 1 + action.size();
  return form.substr(start, form.find('&', start) - start);
}

bool has_body(const HttpRequest& request) {
  return request.body.is_stream() || !request.body.text().empty();
}

}  // namespace

class Link : public http::HttpTransport {
 public:
  Link(Network& network, std::string name, std::shared_ptr<const FaultRates> rates,
       std::shared_ptr<CallHook> hook, std::function<bool()> dead)
      : network_(network),
        name_(std::move(name)),
        rates_(std::move(rates)),
        hook_(std::move(hook)),
        dead_(std::move(dead)) {}

  Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, http::SendOptions options) override {
    ++network_.requests_;
    const std::string method = request.method;
    const std::string target = request.target;
    if (target.starts_with("/_internal/replica/")) ++network_.replicas_sent_;
    network_.note(name_ + " " + method + " " + target + " " +
                  std::to_string(network_.clock_.uptime().count()));
    if (dead_ && dead_()) throw Error(ErrorKind::unavailable, "the sender is dead");
    const std::string operation = hook_ ? operation_of(request) : "";
    const Call call{endpoint, method, target, operation, is_form(request)};
    if (hook_ && hook_->before) {
      const auto answer = co_await obey(hook_->before(call));
      if (answer) co_return canned(*answer);
    }
    HttpResponse response = co_await pass(endpoint, std::move(request), options);
    network_.note(std::to_string(response.status));
    if (hook_ && hook_->after) {
      const auto answer = co_await obey(hook_->after(call, response.status));
      if (answer) co_return canned(*answer);
    }
    co_return response;
  }

 private:
  Task<std::optional<CannedAnswer>> obey(CallVerdict verdict) {
    if (verdict.wait.count() > 0) co_await network_.clock_.sleep(verdict.wait);
    if (verdict.hang) co_await network_.clock_.sleep(std::chrono::hours(24 * 365));
    if (verdict.fail) throw *verdict.fail;
    co_return verdict.answer;
  }

  Task<HttpResponse> pass(Endpoint endpoint, HttpRequest request, http::SendOptions options) {
    const FaultRates rates = *rates_;
    Network::Order& order = network_.orders_[endpoint];
    const std::uint64_t number = ++order.sent;
    co_await network_.clock_.sleep(network_.delay(rates));
    if (number < order.latest_arrived) ++network_.faults_[static_cast<std::size_t>(Fault::overtaken)];
    order.latest_arrived = std::max(order.latest_arrived, number);
    const auto found = network_.door_of(endpoint);
    if (found == network_.doors_.end() || found->second.life->dying) {
      ++network_.faults_[static_cast<std::size_t>(Fault::door_closed)];
      throw Error(ErrorKind::unavailable, "connection refused");
    }
    if (network_.strikes(Fault::refused, rates)) throw Error(ErrorKind::unavailable, "connection refused");
    if (network_.strikes(Fault::request_lost, rates)) {
      co_await network_.clock_.sleep(options.idle_max);
      throw unknown();
    }
    if (network_.strikes(Fault::answer_500, rates)) co_return refusal(500, "InternalError");
    if (network_.strikes(Fault::answer_503, rates)) co_return throttle(request);
    if (network_.strikes(Fault::denied, rates)) co_return refusal(403, "AccessDenied");
    co_return co_await deliver(found->second.life, found->second.door, std::move(request), rates, options);
  }

  Task<HttpResponse> deliver(std::shared_ptr<Life> life, Door door, HttpRequest request, FaultRates rates,
                             http::SendOptions options) {
    const bool cut = has_body(request) && network_.strikes(Fault::request_cut, rates);
    if (cut) {
      const auto length = request.body.length();
      request.body = Body(std::make_unique<BreakingReader>(request.body.take_reader(), nullptr,
                                                           network_.random_->below(length.value_or(0) + 1)),
                          length);
    }
    if (!request.body.is_stream() && request.target == "/events" &&
        network_.strikes(Fault::duplicated, rates)) {
      HttpRequest copy{request.method, request.target, request.headers, Body(request.body.text()), false, ""};
      life->group.spawn(serve(std::make_shared<Exchange>(network_.executor_), life, door, std::move(copy)));
    }
    const auto exchange = std::make_shared<Exchange>(network_.executor_);
    life->group.spawn(serve(exchange, life, door, std::move(request)));
    co_await exchange->ended.wait(network_.clock_);
    if (cut || !exchange->response) throw unknown();
    HttpResponse response = std::move(*exchange->response);
    co_await network_.clock_.sleep(network_.delay(rates));
    if (life->dying) throw unknown();
    if (network_.strikes(Fault::reply_lost, rates)) {
      co_await network_.clock_.sleep(options.idle_max);
      throw unknown();
    }
    if (network_.strikes(Fault::answer_500_late, rates)) co_return refusal(500, "InternalError");
    // As the HTTP server would.
    if (const auto length = response.body.length(); length && !response.headers.has("Content-Length"))
      response.headers.set("Content-Length", std::to_string(*length));
    if (response.body.is_stream()) {
      const auto length = response.body.length();
      std::optional<std::uint64_t> cut_at;
      if (length.value_or(0) > 0 && network_.strikes(Fault::reply_cut, rates))
        cut_at = network_.random_->below(*length);
      response.body =
          Body(std::make_unique<BreakingReader>(response.body.take_reader(), life, cut_at), length);
    }
    co_return response;
  }

  Network& network_;
  std::string name_;
  std::shared_ptr<const FaultRates> rates_;
  std::shared_ptr<CallHook> hook_;
  std::function<bool()> dead_;
};

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::refused:
      return "refused";
    case Fault::request_lost:
      return "request lost";
    case Fault::reply_lost:
      return "reply lost";
    case Fault::answer_500:
      return "500 before";
    case Fault::answer_500_late:
      return "500 after";
    case Fault::answer_503:
      return "503 SlowDown";
    case Fault::denied:
      return "AccessDenied";
    case Fault::request_cut:
      return "request cut";
    case Fault::reply_cut:
      return "reply cut";
    case Fault::duplicated:
      return "event twice";
    case Fault::slow:
      return "slow";
    case Fault::door_closed:
      return "node down";
    case Fault::overtaken:
      return "request overtaken by a later one";
    case Fault::count_:
      break;
  }
  return "?";
}

Network::Network(boost::asio::any_io_executor executor, VirtualClock& clock, std::uint64_t seed)
    : executor_(std::move(executor)), clock_(clock), random_(make_seeded_random(seed)) {}

void Network::open(const Endpoint& endpoint, std::shared_ptr<Life> life, Door door) {
  doors_.insert_or_assign(endpoint, OpenDoor{std::move(life), std::move(door)});
}

void Network::close(const Endpoint& endpoint) {
  doors_.erase(endpoint);
}

std::unique_ptr<http::HttpTransport> Network::link(std::string name, std::shared_ptr<const FaultRates> rates,
                                                   std::shared_ptr<CallHook> hook,
                                                   std::function<bool()> dead) {
  return std::make_unique<Link>(*this, std::move(name), std::move(rates), std::move(hook), std::move(dead));
}

std::map<Endpoint, Network::OpenDoor>::const_iterator Network::door_of(Endpoint endpoint) {
  const auto found = doors_.find(endpoint);
  const std::size_t dot = endpoint.host.find('.');
  if (found != doors_.end() || dot == std::string::npos) return found;
  ++requests_to_virtual_hosts_;
  endpoint.host.erase(0, dot + 1);
  return doors_.find(endpoint);
}

void Network::note(std::string_view text) {
  for (const char c : text) trace_ = (trace_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
}

bool Network::strikes(Fault fault, const FaultRates& rates) {
  const double rate = rates[static_cast<std::size_t>(fault)];
  // Rolled even where it cannot happen, so that a rate of zero does not change the dice of the others.
  if (random_->unit() >= rate) return false;
  ++faults_[static_cast<std::size_t>(fault)];
  note(to_string(fault));
  return true;
}

milliseconds Network::delay(const FaultRates& rates) {
  const bool slow = strikes(Fault::slow, rates);
  return milliseconds(1 + static_cast<std::int64_t>(random_->below(slow ? 8'000 : 20)));
}

}  // namespace s3dr::sim
