// A Runtime API in process, a clock that moves whenever everything waits, and log lines kept for the test.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/transport.h"
#include "lambda/json_log.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::lambda {

// What Lambda's own Runtime API does, as far as a function sees it. When no invocation is left, it is gone.
class FakeRuntimeApi : public http::HttpTransport {
 public:
  struct Waiting {
    std::string id;
    std::string event;
    Headers more;
  };
  struct Post {
    std::string target, body, error_type;
    Headers headers = {};
  };

  std::deque<Waiting> waiting;
  std::vector<Post> posts;  // those that arrived
  std::vector<std::string> hosts;
  std::vector<milliseconds> next_limits;  // idle_max of each fetch
  int response_status = 202;
  // Asked at each request; a returned error is raised, `lost_answer`: after the request took effect.
  struct Fault {
    Error error;
    bool lost_answer = false;
  };
  std::function<std::optional<Fault>(const HttpRequest&)> fault = [](const HttpRequest&) {
    return std::nullopt;
  };

  Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, http::SendOptions options) override {
    hosts.push_back(endpoint.url());
    const auto planted = fault(request);
    if (planted && !planted->lost_answer) throw planted->error;
    HttpResponse response;
    if (request.method == "GET") {
      EXPECT_EQ(request.target, "/2018-06-01/runtime/invocation/next");
      next_limits.push_back(options.idle_max);
      if (waiting.empty()) throw Error(ErrorKind::unavailable, "the fake is gone");
      Waiting next = std::move(waiting.front());
      waiting.pop_front();
      response.headers = next.more;
      response.headers.set("Lambda-Runtime-Aws-Request-Id", next.id);
      response.body = Body(next.event);
    } else {
      std::string body = co_await request.body.read_all(16 * 1024 * 1024);
      const bool again = !posts.empty() && posts.back().target == request.target;
      posts.push_back({request.target, std::move(body),
                       std::string(request.headers.get_or("Lambda-Runtime-Function-Error-Type", "")),
                       request.headers});
      response.status = again ? 403 : response_status;  // an invocation is answered once
      if (again) posts.pop_back();
    }
    if (planted) throw planted->error;
    co_return response;
  }
};

struct LoggedLines {
  std::string text;
  std::vector<boost::json::object> lines;

  std::function<void(const std::string&)> sink() {
    return [this](const std::string& line) {
      text += line;
      lines.push_back(boost::json::parse(line).as_object());
    };
  }
  // The lines with that message.
  std::vector<boost::json::object> with(std::string_view message) const {
    std::vector<boost::json::object> found;
    for (const auto& line : lines) {
      if (line.at("message").as_string() == message) found.push_back(line);
    }
    return found;
  }
};

// Runs the task; whenever all of it waits, time goes on.
template <class T>
T run_in_time(boost::asio::io_context& io, test::ManualClock& clock, Task<T> task) {
  std::exception_ptr failure;
  std::optional<T> value;
  bool ended = false;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T result) {
    failure = error;
    if (!error) value.emplace(std::move(result));
    ended = true;
  });
  for (int i = 0; !ended; ++i) {
    test::settle(io);
    if (ended) break;
    if (i > 100'000) throw std::runtime_error("the task does not end");
    clock.advance(milliseconds(50));
  }
  test::settle(io);
  if (failure) std::rethrow_exception(failure);
  return std::move(*value);
}

inline std::map<std::string, std::string, std::less<>> complete_environment(const std::string& function) {
  return {{"S3DR_FUNCTION", function},
          {"S3DR_SOURCE_REGION", "us-west-2"},
          {"S3DR_SOURCE_ACCOUNT", "111122223333"},
          {"S3DR_DESTINATION_REGION", "us-east-2"},
          {"S3DR_DESTINATION_ACCOUNT", "111122223333"},
          {"S3DR_MATCH_TAGS", R"({"dr":"true"})"},
          {"S3DR_REPLICATION_ROLE", "arn:aws:iam::111122223333:role/replication"},
          {"S3DR_BATCH_ROLE", "arn:aws:iam::111122223333:role/batch"},
          {"S3DR_DESTINATION_TOPIC", "arn:aws:sns:us-east-2:111122223333:destination"},
          {"S3DR_ENABLE_TOPIC", "arn:aws:sns:us-west-2:111122223333:enable"},
          {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
          {"AWS_SECRET_ACCESS_KEY", "canary-secret-77"},
          {"AWS_SESSION_TOKEN", "canary-token-78"}};
}

// What STS answers to AssumeRole: the keys ASIAREMOTE.
constexpr const char* assumed_role =
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
    "<Credentials><AccessKeyId>ASIAREMOTE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>2026-08-01T01:00:00Z</Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>";

}  // namespace s3dr::lambda
