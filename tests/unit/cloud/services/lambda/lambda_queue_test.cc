// Asynchronous invocations: retried, given up with a dead letter, never lost.
#include "cloud/services/lambda/lambda_queue.h"

#include "unit/cloud/services/lambda/lambda_fixture.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;
using std::chrono::minutes;

class LambdaQueueTest : public LambdaTest {
 protected:
  void fail_always() {
    script->answer = [](const FunctionDescription&, const Invocation&) {
      return InvocationResult{true, R"({"errorType":"Bad","errorMessage":"boom"})", ""};
    };
  }
  std::string accept(const std::string& payload = R"({"n":1})") {
    const cloud::Reply reply = invoke("check", payload, "Event");
    EXPECT_EQ(reply.status, 202) << reply.body;
    test::settle(io);
    return reply.header("x-amzn-RequestId");
  }
  void may_send() { put_policy("worker", allow(R"("sqs:SendMessage")")); }
  static constexpr const char* dlq = "arn:aws:sqs:us-west-2:111122223333:dlq";
};

TEST_F(LambdaQueueTest, RunsOnceWhenItSucceeds) {
  make();
  const std::string id = accept();
  EXPECT_EQ(script->begun, std::vector<std::string>{id});
  EXPECT_EQ(waiting(), 0);
}

TEST_F(LambdaQueueTest, RetriesAfterOneAndTwoMinutesThenSendsTheDeadLetter) {
  make("check", {{"DeadLetterConfig", {{"TargetArn", dlq}}}});
  add_queue("dlq");
  may_send();
  fail_always();
  const std::string id = accept();
  EXPECT_EQ(script->begun.size(), 1U);
  pass(milliseconds(59'000));
  EXPECT_EQ(script->begun.size(), 1U);
  pass(milliseconds(1'000));
  EXPECT_EQ(script->begun.size(), 2U);
  pass(milliseconds(119'000));
  EXPECT_EQ(script->begun.size(), 2U);
  EXPECT_TRUE(messages().empty());
  pass(milliseconds(1'000));
  EXPECT_EQ(script->begun.size(), 3U);
  EXPECT_EQ(waiting(), 0);
  ASSERT_EQ(messages().size(), 1U);
  EXPECT_EQ(messages()[0].first, R"({"n":1})");
  const json::object attributes = json::parse(messages()[0].second).as_object();
  EXPECT_EQ(attributes.at("RequestID"), json::string(id));
  EXPECT_EQ(attributes.at("ErrorCode"), "200");
  EXPECT_EQ(attributes.at("ErrorMessage"), "boom");
}

TEST_F(LambdaQueueTest, TheDestinationGetsTheEnvelope) {
  const std::string arn = make();
  add_queue("dlq");
  may_send();
  ASSERT_EQ(
      lambda("PUT", "/2019-09-25/functions/check/event-invoke-config",
             {{"MaximumRetryAttempts", 0}, {"DestinationConfig", {{"OnFailure", {{"Destination", dlq}}}}}})
          .status,
      200);
  fail_always();
  const std::string id = accept();
  EXPECT_EQ(script->begun.size(), 1U);
  ASSERT_EQ(messages().size(), 1U);
  const json::value envelope = json::parse(messages()[0].first);
  EXPECT_EQ(envelope.at_pointer("/requestContext/requestId"), json::string(id));
  EXPECT_EQ(envelope.at_pointer("/requestContext/functionArn"), json::string(arn + ":$LATEST"));
  EXPECT_EQ(envelope.at_pointer("/requestContext/condition"), "RetriesExhausted");
  EXPECT_EQ(envelope.at_pointer("/requestContext/approximateInvokeCount"), 1);
  EXPECT_EQ(envelope.at_pointer("/requestPayload/n"), 1);
  EXPECT_EQ(envelope.at_pointer("/responsePayload/errorMessage"), "boom");
}

TEST_F(LambdaQueueTest, WithoutAPlaceForItTheLossIsCounted) {
  make("check", {{"DeadLetterConfig", {{"TargetArn", dlq}}}});
  ASSERT_EQ(
      lambda("PUT", "/2019-09-25/functions/check/event-invoke-config", {{"MaximumRetryAttempts", 0}}).status,
      200);
  fail_always();
  accept();  // the role may not send
  EXPECT_EQ(number("SELECT value FROM counter WHERE name = 'lambda_dead_letter_errors'"), 1);
  may_send();
  accept();  // there is no queue
  EXPECT_EQ(number("SELECT value FROM counter WHERE name = 'lambda_dead_letter_errors'"), 2);
  EXPECT_EQ(number("SELECT value FROM counter WHERE name = 'lambda_invocations_dropped'"), 2);
  EXPECT_EQ(waiting(), 0);
}

// Across accounts both sides have to agree: the role's policies and the target's own.
TEST_F(LambdaQueueTest, AnotherAccountsQueueOrFunctionHasToLetTheRoleIn) {
  make("check", {{"DeadLetterConfig", {{"TargetArn", "arn:aws:sqs:us-west-2:444455556666:dlq"}}}});
  put_policy("worker", allow(R"(["sqs:SendMessage","lambda:InvokeFunction"])"));
  cloud::Connection& db = west().context().database.reader();
  db.execute("INSERT INTO sqs_queue (account, name, created_ms) VALUES ('444455556666', 'dlq', 0)");
  ASSERT_EQ(lambda("POST", "/2015-03-31/functions", creation("ear", cloud::bob), cloud::bob).status, 201);
  test::settle(io);
  const std::string ear = "arn:aws:lambda:us-west-2:444455556666:function:ear";
  ASSERT_EQ(
      lambda("PUT", "/2019-09-25/functions/check/event-invoke-config",
             {{"MaximumRetryAttempts", 0}, {"DestinationConfig", {{"OnFailure", {{"Destination", ear}}}}}})
          .status,
      200);
  fail_always();
  accept();
  EXPECT_TRUE(messages().empty());
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(number("SELECT value FROM counter WHERE name = 'lambda_dead_letter_errors'"), 1);
  const std::string letting_in = document(R"({"Effect":"Allow","Principal":{"AWS":")" + role_arn("worker") +
                                          R"("},"Action":"*","Resource":"*"})");
  db.prepare("UPDATE sqs_queue SET attributes = ?")
      .bind(json::serialize(json::object{{"Policy", letting_in}}))
      .run();
  accept();
  EXPECT_EQ(messages().size(), 1U);
  EXPECT_EQ(waiting(), 0);
  db.prepare("UPDATE lambda_function SET policy = ? WHERE name = 'ear'").bind(letting_in).run();
  accept();
  EXPECT_EQ(messages().size(), 2U);
  EXPECT_EQ(waiting(), 1) << "the envelope is on its way to the function";
  EXPECT_EQ(number("SELECT value FROM counter WHERE name = 'lambda_dead_letter_errors'"), 2);
}

TEST_F(LambdaQueueTest, ATargetOfAnotherRegionIsRefused) {
  const std::string away = "arn:aws:sqs:us-east-2:111122223333:dlq";
  json::object creation_with = creation("away");
  creation_with["DeadLetterConfig"] = json::object{{"TargetArn", away}};
  EXPECT_EQ(lambda("POST", "/2015-03-31/functions", creation_with).status, 400);
  make();
  EXPECT_EQ(
      lambda("PUT", "/2019-09-25/functions/check/event-invoke-config",
             {{"MaximumRetryAttempts", 0}, {"DestinationConfig", {{"OnFailure", {{"Destination", away}}}}}})
          .status,
      400);
  // One that was accepted before: its name here is another queue.
  add_queue("dlq");
  may_send();
  west()
      .context()
      .database.reader()
      .prepare("UPDATE lambda_function SET event_invoke = ?")
      .bind(json::serialize(json::object{{"MaximumRetryAttempts", 0},
                                         {"DestinationConfig", {{"OnFailure", {{"Destination", away}}}}}}))
      .run();
  fail_always();
  accept();
  EXPECT_TRUE(messages().empty());
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(number("SELECT value FROM counter WHERE name = 'lambda_invocations_dropped'"), 1);
}

TEST_F(LambdaQueueTest, ThrottlesAreNoAttemptsAndBackOff) {
  make();
  int refusals = 0;
  script->answer = [&refusals](const FunctionDescription&, const Invocation& invocation) {
    if (++refusals <= 5) throw Error(ErrorKind::throttled, "full");
    return InvocationResult{false, invocation.payload, ""};
  };
  accept();
  pass(milliseconds(1'000 + 2'000 + 4'000 + 8'000 - 500));
  EXPECT_EQ(refusals, 4);
  pass(milliseconds(500 + 16'000));
  EXPECT_EQ(refusals, 6);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(LambdaQueueTest, AnEventThatIsTooOldIsGivenUp) {
  make("check", {{"DeadLetterConfig", {{"TargetArn", dlq}}}});
  add_queue("dlq");
  may_send();
  ASSERT_EQ(
      lambda("PUT", "/2019-09-25/functions/check/event-invoke-config", {{"MaximumEventAgeInSeconds", 60}})
          .status,
      200);
  script->answer = [](const FunctionDescription&, const Invocation&) -> InvocationResult {
    throw Error(ErrorKind::throttled, "full");
  };
  accept();
  pass(milliseconds(61'000));
  EXPECT_EQ(waiting(), 0);
  ASSERT_EQ(messages().size(), 1U);
  EXPECT_EQ(json::parse(messages()[0].second).as_object().at("ErrorCode"), "429");
}

TEST_F(LambdaQueueTest, SurvivesACrashWhileItRunsAndWhileItWaits) {
  make();
  script->takes = milliseconds(10'000);
  std::set<std::string> accepted;
  for (int i = 0; i < 40; ++i) accepted.insert(accept());
  EXPECT_EQ(script->running, 32) << "no more at a time";
  script->begun.clear();
  crash();
  EXPECT_EQ(waiting(), 40);
  pass(milliseconds(30'000));
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(std::set<std::string>(script->begun.begin(), script->begun.end()), accepted);
}

TEST_F(LambdaQueueTest, AnAttemptBeforeACrashCounts) {
  make();
  fail_always();
  accept();
  crash();
  script->begun.clear();
  pass(milliseconds(180'000));
  EXPECT_EQ(script->begun.size(), 2U);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(LambdaQueueTest, AFunctionsInvocationsGoWithIt) {
  make();
  fail_always();
  accept();
  EXPECT_EQ(waiting(), 1);
  EXPECT_EQ(lambda("DELETE", "/2015-03-31/functions/check").status, 204);
  EXPECT_EQ(waiting(), 0);
}

}  // namespace
}  // namespace s3dr::services
