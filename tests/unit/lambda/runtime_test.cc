#include "lambda/runtime.h"

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "base/error.h"
#include "lambda_fixture.h"

namespace s3dr::lambda {
namespace {

struct Runtime : testing::Test {
  FakeRuntimeApi fake;
  RuntimeApi api{fake, "127.0.0.1:9001"};
  test::ManualClock clock;
  LoggedLines logged;
  JsonLog log{clock, LogLevel::debug, logged.sink()};
  std::vector<Invocation> seen;
  std::vector<std::string> traces;
  std::function<Reply(const Invocation&)> answer = [](const Invocation&) { return Reply{R"("ok")", {}}; };

  // Until the fake has no invocation left.
  void serve() {
    const InvocationHandler handler = [this](Invocation invocation) { return take(std::move(invocation)); };
    EXPECT_THROW(test::run(serve_invocations(api, handler, log)), Error);
  }
  Task<Reply> take(Invocation invocation) {
    const char* trace = std::getenv("_X_AMZN_TRACE_ID");
    traces.emplace_back(trace == nullptr ? "(unset)" : trace);
    seen.push_back(invocation);
    co_return answer(invocation);
  }
  static FakeRuntimeApi::Fault lost(bool after) {
    return {Error(after ? ErrorKind::outcome_unknown : ErrorKind::unavailable, "reset"), after};
  }
};

TEST_F(Runtime, fetches_hands_over_and_answers_one_invocation_after_the_other) {
  fake.waiting = {{"id-1", R"({"a":1})", {{"Lambda-Runtime-Deadline-Ms", "1785585600000"}}},
                  {"id-2", "{}", {}}};
  serve();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].event, R"({"a":1})");
  ASSERT_TRUE(seen[0].deadline);
  EXPECT_EQ(seen[0].deadline->time_since_epoch(), milliseconds(1785585600000));
  EXPECT_FALSE(seen[1].deadline);
  ASSERT_EQ(fake.posts.size(), 2U);
  EXPECT_EQ(fake.posts[0].target, "/2018-06-01/runtime/invocation/id-1/response");
  EXPECT_EQ(fake.posts[0].body, R"("ok")");
  EXPECT_EQ(fake.posts[1].target, "/2018-06-01/runtime/invocation/id-2/response");
  EXPECT_EQ(fake.hosts[0], "http://127.0.0.1:9001");
}

// The headers of /next as Lambda sends them (tests/data/runtime-next-headers.txt; its first line says what has
// to come of them).
Headers headers_of_next() {
  Headers headers;
  std::ifstream file(S3DR_TEST_DATA "/runtime-next-headers.txt");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with('#') && colon != std::string::npos)
      headers.add(line.substr(0, colon), line.substr(colon + 2));
  }
  return headers;
}

TEST_F(Runtime, gives_the_invocation_id_of_next_back_with_the_response_and_with_the_error) {
  const Headers given = headers_of_next();
  const std::string id(given.get_or("Lambda-Runtime-Invocation-Id", ""));
  ASSERT_FALSE(id.empty());
  fake.waiting = {{"id-1", "{}", given}, {"id-2", "{}", given}, {"id-3", "{}", {}}};
  answer = [](const Invocation& invocation) {
    Reply reply;
    if (invocation.request_id == "id-2") reply.failure = function_error(ErrorKind::denied, "planted");
    return reply;
  };
  serve();
  ASSERT_EQ(fake.posts.size(), 3U);
  EXPECT_EQ(fake.posts[0].headers.get("Lambda-Runtime-Invocation-Id"), id);
  EXPECT_TRUE(fake.posts[1].target.ends_with("/error"));
  EXPECT_EQ(fake.posts[1].headers.get("Lambda-Runtime-Invocation-Id"), id);
  EXPECT_FALSE(fake.posts[2].headers.has("Lambda-Runtime-Invocation-Id"));
}

TEST_F(Runtime, waits_for_an_invocation_for_as_long_as_it_takes) {
  fake.waiting = {{"id-1", "{}", {}}};
  serve();
  EXPECT_GE(fake.next_limits[0], std::chrono::hours(24 * 100));
}

TEST_F(Runtime, shows_the_trace_of_each_invocation_to_the_process_and_takes_it_back) {
  fake.waiting = {{"id-1", "{}", {{"Lambda-Runtime-Trace-Id", "Root=1-abc;Sampled=1"}}}, {"id-2", "{}", {}}};
  serve();
  EXPECT_EQ(traces, (std::vector<std::string>{"Root=1-abc;Sampled=1", "(unset)"}));
}

TEST_F(Runtime, reports_a_failed_invocation_with_its_type_and_goes_on) {
  fake.waiting = {{"id-1", "{}", {}}, {"id-2", "{}", {}}};
  answer = [](const Invocation& invocation) {
    Reply reply;
    if (invocation.request_id == "id-1")
      reply.failure = function_error(ErrorKind::outcome_unknown, "bucket: why");
    return reply;
  };
  serve();
  ASSERT_EQ(fake.posts.size(), 2U);
  EXPECT_EQ(fake.posts[0].target, "/2018-06-01/runtime/invocation/id-1/error");
  EXPECT_EQ(fake.posts[0].error_type, "S3dr.OutcomeUnknown");
  const auto body = boost::json::parse(fake.posts[0].body).as_object();
  EXPECT_EQ(body.at("errorType").as_string(), "S3dr.OutcomeUnknown");
  EXPECT_EQ(body.at("errorMessage").as_string(), "bucket: why");
  EXPECT_TRUE(body.at("stackTrace").is_array());
  EXPECT_EQ(fake.posts[1].target, "/2018-06-01/runtime/invocation/id-2/response");
}

TEST_F(Runtime, an_error_with_the_bytes_of_a_key_in_it_is_json) {
  fake.waiting = {{"id-1", "{}", {}}};
  answer = [](const Invocation&) {
    Reply reply;
    reply.failure = function_error(ErrorKind::corrupt, "s3://bucket/\x90\xff: why");
    return reply;
  };
  serve();
  ASSERT_EQ(fake.posts.size(), 1U);
  const auto body = boost::json::parse(fake.posts[0].body).as_object();
  EXPECT_EQ(body.at("errorMessage").as_string(), "s3://bucket/\uFFFD\uFFFD: why");
}

TEST_F(Runtime, a_handler_that_throws_fails_its_invocation_and_not_the_process) {
  fake.waiting = {{"id-1", "{}", {}}, {"id-2", "{}", {}}};
  answer = [](const Invocation& invocation) {
    if (invocation.request_id == "id-1") throw std::runtime_error("planted");
    return Reply();
  };
  serve();
  ASSERT_EQ(fake.posts.size(), 2U);
  EXPECT_EQ(fake.posts[0].error_type, "S3dr.Unexpected");
  EXPECT_EQ(logged.with("the invocation failed unexpectedly").size(), 1U);
}

TEST_F(Runtime, repeats_once_what_a_stale_connection_lost) {
  fake.waiting = {{"id-1", "{}", {}}};
  int faults = 0, requests = 0;
  fake.fault = [&](const HttpRequest&) -> std::optional<FakeRuntimeApi::Fault> {
    ++requests;
    if (requests != 1 && requests != 3) return std::nullopt;
    ++faults;
    return lost(false);
  };
  serve();
  EXPECT_EQ(faults, 2);
  ASSERT_EQ(fake.posts.size(), 1U);
  EXPECT_EQ(fake.posts[0].target, "/2018-06-01/runtime/invocation/id-1/response");
}

TEST_F(Runtime, a_reply_that_arrived_although_its_answer_was_lost_is_not_an_error) {
  fake.waiting = {{"id-1", "{}", {}}, {"id-2", "{}", {}}};
  int faults = 0;
  fake.fault = [&](const HttpRequest& request) -> std::optional<FakeRuntimeApi::Fault> {
    if (request.method != "POST" || faults++ > 0) return std::nullopt;
    return lost(true);
  };
  serve();
  EXPECT_EQ(fake.posts.size(), 2U);
  EXPECT_TRUE(logged.lines.empty()) << logged.text;
}

TEST_F(Runtime, a_second_reset_in_a_row_ends_the_process) {
  fake.waiting = {{"id-1", "{}", {}}};
  fake.fault = [&](const HttpRequest& request) -> std::optional<FakeRuntimeApi::Fault> {
    if (request.method != "POST") return std::nullopt;
    return lost(false);
  };
  serve();
  EXPECT_TRUE(fake.posts.empty());
  EXPECT_EQ(fake.hosts.size(), 3U);
}

TEST_F(Runtime, a_refused_reply_is_logged_and_the_next_invocation_is_fetched) {
  fake.waiting = {{"id-1", "{}", {}}, {"id-2", "{}", {}}};
  fake.response_status = 400;
  serve();
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_EQ(logged.with("the reply was not taken").size(), 2U);
}

TEST_F(Runtime, a_failing_runtime_api_ends_the_process) {
  fake.waiting = {{"id-1", "{}", {}}, {"id-2", "{}", {}}};
  fake.response_status = 500;
  serve();
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(Runtime, a_result_that_is_too_large_becomes_a_named_error) {
  fake.waiting = {{"id-1", "{}", {}}};
  fake.response_status = 413;
  serve();
  ASSERT_EQ(fake.posts.size(), 2U);
  EXPECT_EQ(fake.posts[1].target, "/2018-06-01/runtime/invocation/id-1/error");
  EXPECT_EQ(fake.posts[1].error_type, "S3dr.Invalid");
}

TEST_F(Runtime, an_event_that_is_too_long_is_said_to_be_so) {
  fake.waiting = {{"id-1", std::string(event_body_bytes_max + 1, ' '), {}}};
  serve();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].event.empty());
  EXPECT_NE(seen[0].unreadable.find("longer than"), std::string::npos);
}

TEST_F(Runtime, an_error_at_the_start_is_told_to_lambda) {
  test::run(api.report_init_error(function_error(Error(ErrorKind::invalid, "S3DR_FUNCTION: missing"))));
  ASSERT_EQ(fake.posts.size(), 1U);
  EXPECT_EQ(fake.posts[0].target, "/2018-06-01/runtime/init/error");
  EXPECT_EQ(fake.posts[0].error_type, "S3dr.Invalid");
  EXPECT_NE(fake.posts[0].body.find("S3DR_FUNCTION: missing"), std::string::npos);
}

}  // namespace
}  // namespace s3dr::lambda
