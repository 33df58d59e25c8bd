// Lambda's Runtime API for one execution environment: the bootstrap asks it for the next invocation and sends
// it the answer. One invocation at a time. It knows nothing of processes and of sockets: the environment has a
// listener that gives it the requests (function_environment.h).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/http_message.h"
#include "base/notifier.h"
#include "base/task.h"

namespace s3dr::services {

struct RuntimeInvocation {
  std::string request_id, payload, function_arn, trace_id, client_context;
  std::string invocation_id;  // of this attempt: a repeated event keeps its request id
  Instant deadline{};
};

struct RuntimeAnswer {
  bool failed = false;
  std::string payload;
  std::string error_type;
};

class RuntimeApi {
 public:
  // Calls `changed` after each request of the bootstrap.
  RuntimeApi(boost::asio::any_io_executor executor, Clock& clock, std::function<void()> changed);
  // Answers one request of the bootstrap. That for the next invocation waits until there is one.
  // Raises invalid (the body of an error is too large), and what reading the body raises.
  Task<HttpResponse> handle(HttpRequest request);

  // True: the bootstrap waits for an invocation and has none.
  bool idle() const { return poll_ != nullptr && !current_; }
  const std::optional<RuntimeAnswer>& init_error() const { return init_error_; }
  // Gives the bootstrap its next invocation, now or as soon as it asks. Needs: no invocation is under way.
  void begin(RuntimeInvocation invocation);
  // The bootstrap's answer to the last invocation.
  const std::optional<RuntimeAnswer>& answer() const { return answer_; }

 private:
  struct Poll;
  Task<HttpResponse> next();
  Task<HttpResponse> take_response(std::string id, HttpRequest request);
  Task<HttpResponse> take_error(std::string id, HttpRequest request);
  Task<HttpResponse> take_init_error(HttpRequest request);
  // Of the invocation under way; and of this attempt at it, where the bootstrap says which one it answers.
  bool is_current(const std::string& id, const HttpRequest& request) const;

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  std::function<void()> changed_;
  std::shared_ptr<Poll> poll_;                // the waiting request for the next invocation
  std::optional<RuntimeInvocation> current_;  // until answered
  bool delivered_ = false, ready_ = false;
  std::optional<RuntimeAnswer> answer_, init_error_;
};

}  // namespace s3dr::services
