#include "cloud/services/lambda/runtime_api.h"

#include <boost/json.hpp>
#include <utility>

#include "base/error.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t response_bytes_max = 6 * 1024 * 1024 + 100 * 1024;  // 6291556 on AWS
constexpr std::size_t error_bytes_max = 256 * 1024;
constexpr std::string_view invocation_id_header = "Lambda-Runtime-Invocation-Id";
constexpr std::string_view prefix = "/2018-06-01/runtime/";

HttpResponse reply(int status, const json::value& body) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = Body(json::serialize(body));
  return response;
}

HttpResponse refusal(int status, std::string_view type, std::string_view message) {
  return reply(status, json::object{{"errorType", type}, {"errorMessage", message}});
}

HttpResponse taken() {
  return reply(202, json::object{{"status", "OK"}});
}

// The body of an error, which a function may have written in any form.
RuntimeAnswer error_answer(const std::string& body, std::string_view type) {
  RuntimeAnswer answer{true, body, std::string(type)};
  json::error_code malformed;
  const json::value value = json::parse(body, malformed);
  if (malformed || !value.is_object()) {
    answer.payload = json::serialize(
        json::object{{"errorType", type.empty() ? "Runtime.Unknown" : type}, {"errorMessage", body}});
  } else if (const json::value* named = value.get_object().if_contains("errorType");
             named != nullptr && named->is_string() && answer.error_type.empty()) {
    answer.error_type = std::string(named->get_string());
  }
  return answer;
}

}  // namespace

struct RuntimeApi::Poll {
  explicit Poll(const boost::asio::any_io_executor& executor) : wake(executor) {}
  Notifier wake;
  bool displaced = false;
};

RuntimeApi::RuntimeApi(boost::asio::any_io_executor executor, Clock& clock, std::function<void()> changed)
    : executor_(std::move(executor)), clock_(clock), changed_(std::move(changed)) {}

void RuntimeApi::begin(RuntimeInvocation invocation) {
  S3DR_CHECK(!current_);
  current_ = std::move(invocation);
  delivered_ = false;
  answer_.reset();
  if (poll_) poll_->wake.notify();
}

bool RuntimeApi::is_current(const std::string& id, const HttpRequest& request) const {
  if (!current_ || !delivered_ || current_->request_id != id) return false;
  const auto attempt = request.headers.get(invocation_id_header);
  return !attempt || *attempt == current_->invocation_id;
}

Task<HttpResponse> RuntimeApi::handle(HttpRequest request) {
  const std::string target = request.target;
  if (!target.starts_with(prefix)) co_return refusal(404, "NotFound", "There is no such resource.");
  const std::string rest = target.substr(prefix.size());
  if (request.method == "GET" && rest == "invocation/next") co_return co_await next();
  if (request.method == "POST" && rest == "init/error")
    co_return co_await take_init_error(std::move(request));
  constexpr std::string_view invocation = "invocation/";
  if (request.method == "POST" && rest.starts_with(invocation)) {
    const std::string tail = rest.substr(invocation.size());
    const std::size_t slash = tail.find('/');
    const std::string id = tail.substr(0, slash);
    const std::string what = slash == std::string::npos ? "" : tail.substr(slash + 1);
    if (what == "response") co_return co_await take_response(id, std::move(request));
    if (what == "error") co_return co_await take_error(id, std::move(request));
  }
  co_return refusal(404, "NotFound", "There is no such resource.");
}

Task<HttpResponse> RuntimeApi::next() {
  if (current_ && delivered_)
    co_return refusal(403, "InvalidStateTransition", "The invocation before has not been answered.");
  // A client whose connection broke asks again; the request before cannot be told from a lost one.
  if (poll_) {
    poll_->displaced = true;
    poll_->wake.notify();
  }
  const auto poll = std::make_shared<Poll>(executor_);
  poll_ = poll;
  ready_ = true;
  changed_();
  while (!poll->displaced && !current_) co_await poll->wake.wait(clock_);
  if (poll->displaced) co_return refusal(403, "InvalidStateTransition", "Another request asked since.");
  poll_ = nullptr;
  delivered_ = true;
  HttpResponse response;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Lambda-Runtime-Aws-Request-Id", current_->request_id);
  response.headers.set(std::string(invocation_id_header), current_->invocation_id);
  response.headers.set("Lambda-Runtime-Deadline-Ms",
                       std::to_string(current_->deadline.time_since_epoch().count()));
  response.headers.set("Lambda-Runtime-Invoked-Function-Arn", current_->function_arn);
  response.headers.set("Lambda-Runtime-Trace-Id", current_->trace_id);
  if (!current_->client_context.empty())
    response.headers.set("Lambda-Runtime-Client-Context", current_->client_context);
  response.body = Body(current_->payload);
  co_return response;
}

Task<HttpResponse> RuntimeApi::take_response(std::string id, HttpRequest request) {
  bool too_large = false;
  std::string body;
  try {
    body = co_await request.body.read_all(response_bytes_max);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    too_large = true;
  }
  if (!is_current(id, request)) co_return refusal(400, "InvalidRequestID", "Invalid request ID");
  if (too_large) {
    constexpr std::string_view type = "Function.ResponseSizeTooLarge";
    answer_ =
        RuntimeAnswer{true,
                      json::serialize(json::object{{"errorType", type},
                                                   {"errorMessage",
                                                    "Response payload size exceeded maximum allowed payload "
                                                    "size (6291556 bytes)."}}),
                      std::string(type)};
  } else {
    answer_ = RuntimeAnswer{false, std::move(body), ""};
  }
  current_.reset();
  changed_();
  if (too_large) co_return refusal(413, "RequestEntityTooLarge", "The response is larger than 6 MB.");
  co_return taken();
}

Task<HttpResponse> RuntimeApi::take_error(std::string id, HttpRequest request) {
  const std::string type(request.headers.get_or("lambda-runtime-function-error-type", ""));
  const std::string body = co_await request.body.read_all(error_bytes_max);
  if (!is_current(id, request)) co_return refusal(400, "InvalidRequestID", "Invalid request ID");
  answer_ = error_answer(body, type);
  current_.reset();
  changed_();
  co_return taken();
}

Task<HttpResponse> RuntimeApi::take_init_error(HttpRequest request) {
  const std::string type(request.headers.get_or("lambda-runtime-function-error-type", ""));
  const std::string body = co_await request.body.read_all(error_bytes_max);
  if (ready_) co_return refusal(403, "InvalidStateTransition", "The initialisation is over.");
  init_error_ = error_answer(body, type);
  changed_();
  co_return taken();
}

}  // namespace s3dr::services
