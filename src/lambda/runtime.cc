#include "lambda/runtime.h"

#include <boost/json.hpp>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <utility>

#include "base/encoding.h"
#include "base/task_group.h"
#include "lambda/json_log.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;

constexpr std::string_view root = "/2018-06-01/runtime/";
constexpr std::size_t answer_bytes_max = 64 * 1024;
// "Without a time limit": large, but small enough to be added to the present time of a steady clock.
constexpr milliseconds no_limit = std::chrono::hours(24 * 365);

std::optional<Instant> parse_deadline(std::string_view text) {
  std::int64_t epoch = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), epoch);
  if (failure != std::errc() || end != text.data() + text.size() || epoch <= 0) return std::nullopt;
  return Instant(milliseconds(epoch));
}

// X-Ray clients in the process read this variable.
void show_trace(const std::string& trace_id) {
  if (trace_id.empty()) {
    ::unsetenv("_X_AMZN_TRACE_ID");
  } else {
    ::setenv("_X_AMZN_TRACE_ID", trace_id.c_str(), 1);
  }
}

bool is_connection_failure(const Error& error) {
  return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::outcome_unknown;
}

Error gone(const std::string& what) {
  return Error(ErrorKind::unavailable, "the Lambda Runtime API " + what);
}

std::string error_body(const FunctionError& failure) {
  return json::serialize(json::object{{"errorMessage", readable(failure.message)},
                                      {"errorType", readable(failure.type)},
                                      {"stackTrace", json::array()}});
}

}  // namespace

FunctionError function_error(ErrorKind kind, std::string message) {
  std::string type = "S3dr.";
  bool upper = true;
  for (const char c : to_string(kind)) {
    if (c == ' ' || c == '_') {
      upper = true;
      continue;
    }
    type += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return {std::move(type), std::move(message)};
}

FunctionError function_error(const Error& error) {
  return function_error(error.kind(), error.what());
}

RuntimeApi::RuntimeApi(http::HttpTransport& transport, const std::string& host)
    : transport_(transport), endpoint_(Endpoint::parse("http://" + host)) {}

Task<Invocation> RuntimeApi::next() {
  http::SendOptions options;
  options.idle_max = no_limit;
  HttpResponse answer;
  for (bool repeated = false;; repeated = true) {
    HttpRequest request;
    request.method = "GET";
    request.target = std::string(root) + "invocation/next";
    std::optional<Error> failure;
    try {
      answer = co_await transport_.send(endpoint_, std::move(request), options);
    } catch (const Error& error) {
      if (repeated || !is_connection_failure(error)) throw;
      failure = error;
    }
    if (!failure) break;
  }
  if (answer.status != 200)
    throw gone("refused to give an invocation: status " + std::to_string(answer.status));
  Invocation invocation;
  invocation.request_id = answer.headers.get_or("Lambda-Runtime-Aws-Request-Id", "");
  invocation.invocation_id = answer.headers.get_or("Lambda-Runtime-Invocation-Id", "");
  invocation.function_arn = answer.headers.get_or("Lambda-Runtime-Invoked-Function-Arn", "");
  invocation.trace_id = answer.headers.get_or("Lambda-Runtime-Trace-Id", "");
  invocation.deadline = parse_deadline(answer.headers.get_or("Lambda-Runtime-Deadline-Ms", ""));
  if (invocation.request_id.empty()) throw gone("gave an invocation without a request id");
  show_trace(invocation.trace_id);
  try {
    invocation.event = co_await answer.body.read_all(event_body_bytes_max);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    invocation.unreadable = "longer than " + std::to_string(event_body_bytes_max) + " bytes";
  }
  co_return invocation;
}

Task<int> RuntimeApi::post(Post post, bool& repeated) {
  for (repeated = false;; repeated = true) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::string(root) + post.path;
    request.headers.set("Content-Type", "application/json");
    if (!post.error_type.empty()) request.headers.set("Lambda-Runtime-Function-Error-Type", post.error_type);
    if (!post.invocation_id.empty()) request.headers.set("Lambda-Runtime-Invocation-Id", post.invocation_id);
    request.body = Body(post.body);
    std::optional<Error> failure;
    try {
      HttpResponse answer = co_await transport_.send(endpoint_, std::move(request), {});
      co_await answer.body.read_all(answer_bytes_max);
      co_return answer.status;
    } catch (const Error& error) {
      if (repeated || !is_connection_failure(error)) throw;
      failure = error;
    }
  }
}

Task<> RuntimeApi::post_error(std::string path, std::string invocation_id, FunctionError failure) {
  bool repeated = false;
  Post answer{std::move(path), error_body(failure), failure.type, std::move(invocation_id)};
  const int status = co_await post(std::move(answer), repeated);
  if (status >= 500) throw gone("failed: status " + std::to_string(status));
  if (status >= 400 && !repeated) {
    throw Error(ErrorKind::invalid, "the Lambda Runtime API refused an error: " + failure.type)
        .with_status(status);
  }
}

Task<> RuntimeApi::reply(std::string request_id, std::string invocation_id, Reply reply) {
  const std::string path = "invocation/" + uri_encode(request_id) + "/";
  if (reply.failure) {
    co_await post_error(path + "error", std::move(invocation_id), std::move(*reply.failure));
    co_return;
  }
  bool repeated = false;
  Post answer{path + "response", std::move(reply.result), "", invocation_id};
  const int status = co_await post(std::move(answer), repeated);
  if (status >= 500) throw gone("failed: status " + std::to_string(status));
  if (status == 413) {
    FunctionError too_large = function_error(ErrorKind::invalid, "the result is too large");
    co_await post_error(path + "error", std::move(invocation_id), std::move(too_large));
  } else if (status >= 400 && !repeated) {
    throw Error(ErrorKind::invalid, "the Lambda Runtime API refused a result").with_status(status);
  }
}

Task<> RuntimeApi::report_init_error(FunctionError failure) {
  co_await post_error("init/error", "", std::move(failure));
}

namespace {

Task<Reply> handled(const InvocationHandler& handler, Invocation invocation, Log& log) {
  std::string unexpected;
  try {
    co_return co_await handler(std::move(invocation));
  } catch (const std::exception& failure) {
    if (is_cancellation(std::current_exception())) throw;
    unexpected = failure.what();
  }
  log.error("the invocation failed unexpectedly", {{"why", unexpected}});
  Reply reply;
  reply.failure = {"S3dr.Unexpected", unexpected};
  co_return reply;
}

}  // namespace

Task<> serve_invocations(RuntimeApi& api, InvocationHandler handler, Log& log) {
  while (true) {
    Invocation invocation = co_await api.next();
    std::string request_id = invocation.request_id;
    std::string invocation_id = invocation.invocation_id;
    Reply reply = co_await handled(handler, std::move(invocation), log);
    std::string refused;
    try {
      co_await api.reply(std::move(request_id), std::move(invocation_id), std::move(reply));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::invalid) throw;
      refused = error.what();
    }
    if (!refused.empty()) log.error("the reply was not taken", {{"why", refused}});
  }
}

}  // namespace s3dr::lambda
