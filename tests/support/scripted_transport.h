// An HttpTransport for tests of the client. It answers from a script and records the requests. The test fails
// if a request finds no scripted answer, or if answers are left over.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "http/transport.h"

namespace s3dr::test {

// A recorded request. Its body was read to the end.
struct SentRequest {
  Endpoint endpoint;
  std::string method;
  std::string target;
  Headers headers;
  std::string body;
  std::optional<std::uint64_t> declared_length;
  milliseconds idle_max{0};

  std::string header(std::string_view name) const { return std::string(headers.get_or(name, "(absent)")); }
};

struct ScriptedAnswer {
  int status = 200;
  Headers headers;
  std::string body;
  std::optional<Error> body_failure;  // raised when `body` has been read
};

// Gives a text, then fails.
class FailingReader : public BodyReader {
 public:
  FailingReader(std::string text, Error failure)
      : reader_(text_reader(std::move(text))), failure_(std::move(failure)) {}
  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = co_await reader_->read(buffer);
    if (count == 0) throw failure_;
    co_return count;
  }

 private:
  std::unique_ptr<BodyReader> reader_;
  Error failure_;
};

class ScriptedTransport : public http::HttpTransport {
 public:
  ~ScriptedTransport() override {
    EXPECT_TRUE(script_.empty()) << script_.size() << " scripted answers were not asked for";
  }

  ScriptedTransport& answer(int status, std::string body = "", Headers headers = {}) {
    script_.emplace_back(ScriptedAnswer{status, std::move(headers), std::move(body), std::nullopt});
    return *this;
  }
  ScriptedTransport& answer(ScriptedAnswer scripted) {
    script_.emplace_back(std::move(scripted));
    return *this;
  }
  ScriptedTransport& fail(ErrorKind kind) {
    script_.emplace_back(Error(kind, "scripted failure"));
    return *this;
  }
  // Never answers: for deadlines and cancellation.
  ScriptedTransport& hang(Clock& clock) {
    script_.emplace_back(Hang{&clock});
    return *this;
  }

  const std::vector<SentRequest>& sent() const { return sent_; }
  const SentRequest& last() const { return sent_.back(); }
  std::size_t count() const { return sent_.size(); }

  Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, http::SendOptions options) override {
    SentRequest seen{std::move(endpoint),   request.method,  request.target, request.headers, "",
                     request.body.length(), options.idle_max};
    seen.body = co_await request.body.read_all(256 * 1024 * 1024);
    sent_.push_back(std::move(seen));
    if (script_.empty()) {
      ADD_FAILURE() << "no answer is scripted for " << request.method << " " << request.target;
      throw Error(ErrorKind::invalid, "no answer is scripted");
    }
    Step step = std::move(script_.front());
    script_.pop_front();
    if (const Error* failure = std::get_if<Error>(&step)) throw *failure;
    if (const Hang* hang = std::get_if<Hang>(&step))
      co_await hang->clock->sleep(std::chrono::hours(24 * 365));
    auto& scripted = std::get<ScriptedAnswer>(step);
    HttpResponse response;
    response.status = scripted.status;
    response.headers = std::move(scripted.headers);
    if (scripted.body_failure) {
      response.body = Body(std::make_unique<FailingReader>(std::move(scripted.body), *scripted.body_failure),
                           std::nullopt);
    } else {
      response.body = Body(std::move(scripted.body));
    }
    co_return response;
  }

 private:
  struct Hang {
    Clock* clock;
  };
  using Step = std::variant<ScriptedAnswer, Error, Hang>;
  std::deque<Step> script_;
  std::vector<SentRequest> sent_;
};

}  // namespace s3dr::test
