// The Lambda Runtime API (docs/protocol/function-host.md): a loop that fetches one invocation after the other
// and sends back its result. Plain HTTP to the host in AWS_LAMBDA_RUNTIME_API. It does not know what an event
// means; handler.h does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/task.h"
#include "http/transport.h"

namespace s3dr::lambda {

struct Invocation {
  std::string request_id;
  std::string event;       // as it came; not necessarily JSON
  std::string unreadable;  // why `event` is empty although something was sent: it is too long
  std::string function_arn;
  std::string trace_id;             // also in _X_AMZN_TRACE_ID while the invocation runs
  std::optional<Instant> deadline;  // wall time; nullopt: the header is missing or no number
  std::string invocation_id = {};   // Lambda-Runtime-Invocation-Id; empty: not given
};

// A failed invocation or a failed start, as Lambda shows it.
struct FunctionError {
  std::string type;  // "S3dr.Unavailable": [A-Za-z0-9._-] only
  std::string message;
};
FunctionError function_error(const Error& error);
FunctionError function_error(ErrorKind kind, std::string message);

struct Reply {
  std::string result = "null";           // JSON
  std::optional<FunctionError> failure;  // if set: sent instead of `result`; Lambda retries an async event
};

using InvocationHandler = std::function<Task<Reply>(Invocation)>;

constexpr std::size_t event_body_bytes_max = 6 * 1024 * 1024;

class RuntimeApi {
 public:
  // `transport` outlives it. `host` is the value of AWS_LAMBDA_RUNTIME_API, "127.0.0.1:9001". Raises invalid.
  RuntimeApi(http::HttpTransport& transport, const std::string& host);

  // Waits without a time limit. Sets _X_AMZN_TRACE_ID for the process, or removes it. Raises unavailable when
  // the Runtime API is gone or refuses: then the process must end.
  Task<Invocation> next();
  // Sends the reply, and `invocation_id` as it came. If it did not get through, sends it once more, because
  // connections break while the process is frozen. If the second one is refused, the first one had arrived.
  // Raises unavailable (the process must end), invalid (refused; the next invocation may be fetched).
  Task<> reply(std::string request_id, std::string invocation_id, Reply reply);
  Task<> report_init_error(FunctionError failure);

 private:
  struct Post {
    std::string path, body;
    std::string error_type = {}, invocation_id = {};  // headers; empty: left out
  };
  Task<int> post(Post post, bool& repeated);
  Task<> post_error(std::string path, std::string invocation_id, FunctionError failure);

  http::HttpTransport& transport_;
  Endpoint endpoint_;
};

// Runs until the Runtime API is gone, then raises what next() or reply() raised. A handler that throws fails
// its invocation, not the loop.
Task<> serve_invocations(RuntimeApi& api, InvocationHandler handler, Log& log);

}  // namespace s3dr::lambda
