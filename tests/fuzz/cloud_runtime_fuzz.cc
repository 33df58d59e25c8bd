// The Runtime API that the embedded cloud gives to a function: whatever the function sends, only the invocation
// that it was given is answered, once, and a failure is always JSON.
//
// Input: requests, divided by zero bytes. Each is lines "METHOD TARGET", then "Name: value", an empty line, and the
// body. What begins with '!' is an invocation of the host instead: the rest is its payload. In a target or a value
// "$R" is the id of the invocation under way, and "$A" that of this attempt at it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "cloud/services/lambda/function_output.h"
#include "cloud/services/lambda/runtime_api.h"
#include "support/manual_clock.h"

namespace {

using namespace s3dr;

constexpr std::size_t requests_max = 64;  // each may wait
constexpr std::string_view invocations = "/2018-06-01/runtime/invocation/";

void check(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::string replaced(std::string_view text, std::string_view what, const std::string& by) {
  std::string result(text);
  for (std::size_t at = 0; (at = result.find(what, at)) != std::string::npos; at += by.size())
    result.replace(at, what.size(), by);
  return result;
}

struct Pending {
  std::optional<HttpResponse> response;
  bool failed = false;
};

// A function and its host, and what the host must believe of the invocation under way.
class Conversation {
 public:
  void take(std::string_view part) {
    if (part.starts_with('!')) {
      begin(std::string(part.substr(1)));
    } else {
      send(request_of(part));
    }
  }

  // Nothing waits at the end.
  void end() {
    begin("{}");
    for (const auto& request : requests_) check(request->response || request->failed);
  }

 private:
  void settle() {
    io_.restart();
    while (io_.poll() > 0) io_.restart();
  }

  void begin(std::string payload) {
    if (under_way_) return;
    const bool waiting = api_.idle();
    services::RuntimeInvocation invocation;
    invocation.request_id = request_id_ = "request-" + std::to_string(++count_);
    invocation.invocation_id = attempt_ = "attempt-" + std::to_string(count_);
    invocation.payload = payload;
    api_.begin(std::move(invocation));
    under_way_ = true;
    delivered_ = waiting;
    settle();
    check(!api_.answer() && !api_.idle());
    if (!waiting) return;
    check(poll_ && poll_->response && poll_->response->status == 200);
    check(poll_->response->headers.get_or("Lambda-Runtime-Aws-Request-Id", "") == request_id_);
  }

  HttpRequest request_of(std::string_view text) const {
    HttpRequest request;
    std::string_view line = take_until(text, '\n');
    request.method = std::string(take_until(line, ' '));
    request.target = named(line);
    while (true) {
      line = take_until(text, '\n');
      if (line.empty()) break;
      const std::string_view name = take_until(line, ':');
      if (line.starts_with(' ')) line.remove_prefix(1);
      request.headers.add(std::string(name), named(line));
    }
    request.body = Body(std::string(text));
    body_ = std::string(text);
    return request;
  }

  std::string named(std::string_view text) const {
    return replaced(replaced(text, "$R", request_id_), "$A", attempt_);
  }

  void send(HttpRequest request) {
    const auto pending = std::make_shared<Pending>();
    requests_.push_back(pending);
    const bool asks = request.method == "GET" && request.target == std::string(invocations) + "next";
    const std::string reply_to = std::string(invocations) + request_id_;
    const bool responds = request.method == "POST" && request.target == reply_to + "/response";
    const bool fails = request.method == "POST" && request.target == reply_to + "/error";
    const auto attempt = request.headers.get("Lambda-Runtime-Invocation-Id");
    const bool answers =
        (responds || fails) && under_way_ && delivered_ && (!attempt || *attempt == attempt_);
    const bool had_answer = api_.answer().has_value();
    const std::string body = body_;
    if (asks && !(under_way_ && delivered_)) poll_ = pending;
    boost::asio::co_spawn(io_, api_.handle(std::move(request)),
                          [pending](std::exception_ptr failure, HttpResponse response) {
                            pending->failed = failure != nullptr;
                            if (!failure) pending->response = std::move(response);
                          });
    settle();
    if (asks) {
      if (under_way_) {
        check(pending->response && pending->response->status == (delivered_ ? 403 : 200));
        delivered_ = true;
      } else {
        check(!pending->response && api_.idle());
      }
    } else {
      check(pending->response || pending->failed);
    }
    if (!answers) {
      check(api_.answer().has_value() == had_answer);
    } else if (!pending->failed) {
      check(pending->response->status == 202 && api_.answer());
      check_answer(*api_.answer(), body, fails);
      under_way_ = false;
    }
    if (api_.init_error()) check_answer(*api_.init_error(), "", true);
  }

  static void check_answer(const services::RuntimeAnswer& answer, const std::string& body, bool fails) {
    check(answer.failed == fails);
    if (!fails) {
      check(answer.payload == body);
      return;
    }
    // What the caller of the function gets.
    boost::json::error_code malformed;
    const boost::json::value value = boost::json::parse(as_utf8(answer.payload), malformed);
    check(!malformed && value.is_object());
  }

  test::ManualClock clock_;
  boost::asio::io_context io_;
  services::RuntimeApi api_{io_.get_executor(), clock_, [] {}};
  std::string request_id_ = "none", attempt_ = "none";
  mutable std::string body_;  // of the last request
  int count_ = 0;
  bool under_way_ = false, delivered_ = false;
  std::shared_ptr<Pending> poll_;
  std::vector<std::shared_ptr<Pending>> requests_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Conversation conversation;
  for (std::size_t i = 0; i < requests_max && !text.empty(); ++i) conversation.take(take_until(text, '\0'));
  conversation.end();
  return 0;
}
