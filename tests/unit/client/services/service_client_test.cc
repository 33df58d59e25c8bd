#include "client/services/service_client.h"

#include <boost/json.hpp>

#include "base/encoding.h"
#include "service_fixture.h"

namespace s3dr::client {
namespace {

namespace json = boost::json;

class ServiceClientTest : public ServiceTest {
 protected:
  static ServiceCall get_role(Repeatable repeatable = Repeatable::always) {
    return query_call("iam", "GetRole", "2010-05-08", {{"RoleName", "dr-x"}}, repeatable);
  }
  static ServiceCall put_rule(Repeatable repeatable = Repeatable::always) {
    return json_call("events", "AWSEvents.PutRule", json::object{{"Name", "dr"}}, "1.1", repeatable);
  }
  Error answer_error(ServiceCall call) {
    const auto outcome = run(service().call(std::move(call)));
    if (outcome) {
      ADD_FAILURE() << "no error came back";
      return Error(ErrorKind::invalid, "none");
    }
    return outcome.error();
  }
};

TEST_F(ServiceClientTest, QueryCallsAreFormsWithTheListsOfTheCaller) {
  transport.answer(200, "<x/>");
  const auto answer = run(service().require(query_call(
      "sns", "CreateTopic", "2010-03-31",
      {{"Name", "dr"}, {"Tags.member.1.Key", "a b"}, {"Tags.member.1.Value", "ü&=+~"}}, Repeatable::always)));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "<x/>");
  const auto& sent = transport.last();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.target, "/");
  EXPECT_EQ(sent.endpoint.url(), "https://sns.eu-west-1.amazonaws.com");
  EXPECT_EQ(sent.header("Host"), "sns.eu-west-1.amazonaws.com");
  EXPECT_EQ(sent.header("Content-Type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(sent.header("x-amz-content-sha256"), "(absent)");
  EXPECT_EQ(sent.header("x-amz-security-token"), canary_token);
  EXPECT_EQ(sent.body,
            "Action=CreateTopic&Version=2010-03-31&Name=dr&Tags.member.1.Key=a%20b&"
            "Tags.member.1.Value=%C3%BC%26%3D%2B~");
  expect_signed_for(sent, "sns", "eu-west-1", clock.now());
}

TEST_F(ServiceClientTest, JsonCallsNameTheirTarget) {
  transport.answer(200, "{}");
  run(service().require(put_rule()));
  EXPECT_EQ(transport.last().header("X-Amz-Target"), "AWSEvents.PutRule");
  EXPECT_EQ(transport.last().header("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(transport.last().body, "{\"Name\":\"dr\"}");
  expect_signed_for(transport.last(), "events", "eu-west-1", clock.now());
}

TEST_F(ServiceClientTest, RestCallsSignTheEncodedPathOnceMore) {
  transport.answer(204).answer(200, "{}");
  run(service().require(rest_call("lambda", "DELETE",
                                  "/2015-03-31/functions/arn%3Aaws%3Alambda/policy/s?Qualifier=1", nullptr,
                                  Repeatable::always)));
  EXPECT_EQ(transport.last().body, "");
  EXPECT_EQ(transport.last().header("Content-Type"), "(absent)");
  expect_signed_for(transport.last(), "lambda", "eu-west-1", clock.now());
  const json::value body = json::object{{"ReservedConcurrentExecutions", 1}};
  run(service().require(
      rest_call("lambda", "PUT", "/2017-10-31/functions/f/concurrency", &body, Repeatable::always)));
  EXPECT_EQ(transport.last().body, "{\"ReservedConcurrentExecutions\":1}");
  expect_signed_for(transport.last(), "lambda", "eu-west-1", clock.now());
}

TEST_F(ServiceClientTest, IamIsGlobalOnAwsAndOneEndpointServesAllElsewhere) {
  for (const auto& [region, host, scope] : std::vector<std::array<std::string, 3>>{
           {"eu-west-1", "iam.amazonaws.com", "us-east-1"},
           {"cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
           {"us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"}}) {
    transport.answer(200);
    ServiceClientOptions options = service_options();
    options.region = s3::Region::parse(region);
    run(service(options).require(get_role()));
    EXPECT_EQ(transport.last().endpoint.host, host);
    expect_signed_for(transport.last(), "iam", scope, clock.now());
  }
  transport.answer(200).answer(200);
  ServiceClientOptions options = service_options();
  options.endpoints = EndpointMap::parse("eu-west-1=http://127.0.0.1:9101");
  for (ServiceCall call : {get_role(), put_rule()}) {
    const std::string name = call.service;
    run(service(options).require(std::move(call)));
    EXPECT_EQ(transport.last().endpoint.url(), "http://127.0.0.1:9101");
    expect_signed_for(transport.last(), name, "eu-west-1", clock.now());
  }
}

TEST_F(ServiceClientTest, HostLabelsMayDifferFromSigningNames) {
  transport.answer(200);
  ServiceCall call = put_rule();
  call.host_label = "events-x";
  run(service().require(std::move(call)));
  EXPECT_EQ(transport.last().endpoint.host, "events-x.eu-west-1.amazonaws.com");
}

TEST_F(ServiceClientTest, UnsignedCallsAskForNoCredentials) {
  transport.answer(200);
  ServiceCall call = query_call("sts", "AssumeRoleWithWebIdentity", "2011-06-15", {}, Repeatable::always);
  call.is_signed = false;
  run(service().require(std::move(call)));
  EXPECT_EQ(credentials.asked, 0);
  EXPECT_EQ(transport.last().header("Authorization"), "(absent)");
}

TEST_F(ServiceClientTest, ErrorsComeWithBareCodesStatusAndRequestId) {
  transport.answer(404, query_error("NoSuchEntity"));
  const Error query = answer_error(get_role());
  EXPECT_EQ(query.kind(), ErrorKind::not_found);
  EXPECT_EQ(query.code(), "NoSuchEntity");
  EXPECT_EQ(query.status(), 404);
  EXPECT_EQ(query.request_id(), "4F2A");
  EXPECT_EQ(query.message(), "told so");
  EXPECT_EQ(query.resource(), "iam:GetRole");

  transport.answer(400, json_error("com.amazonaws.events#ResourceNotFoundException"),
                   {{"x-amzn-RequestId", "77"}});
  const Error body = answer_error(put_rule());
  EXPECT_EQ(body.code(), "ResourceNotFoundException");
  EXPECT_EQ(body.kind(), ErrorKind::not_found);
  EXPECT_EQ(body.request_id(), "77");
  EXPECT_EQ(body.resource(), "events:PutRule");

  transport.answer(409, "{\"Message\":\"exists\",\"Type\":\"User\"}",
                   {{"x-amzn-ErrorType", "ResourceConflictException:http://internal.amazon.com/"}});
  const Error header =
      answer_error(rest_call("lambda", "GET", "/2015-03-31/functions/f?x=1", nullptr, Repeatable::always));
  EXPECT_EQ(header.code(), "ResourceConflictException");
  EXPECT_EQ(header.kind(), ErrorKind::precondition_failed);
  EXPECT_EQ(header.message(), "exists");
  EXPECT_EQ(header.resource(), "lambda:GET /2015-03-31/functions/f");

  transport.answer(403, "<html>no</html>");
  const Error page = answer_error(get_role());
  EXPECT_EQ(page.kind(), ErrorKind::denied);
  EXPECT_EQ(page.code(), "");
}

TEST_F(ServiceClientTest, KindsSayWhatTheCallerCanDo) {
  struct Row {
    int status;
    std::string code;
    ErrorKind kind;
  };
  for (const Row& row :
       std::vector<Row>{{400, "AccessDeniedException", ErrorKind::denied},
                        {403, "AuthorizationError", ErrorKind::denied},
                        {400, "OptInRequired", ErrorKind::denied},
                        {404, "NotFound", ErrorKind::not_found},
                        {400, "QueueDoesNotExist", ErrorKind::not_found},
                        {409, "EntityAlreadyExists", ErrorKind::precondition_failed},
                        {400, "ResourceAlreadyExistsException", ErrorKind::precondition_failed},
                        {409, "DeleteConflict", ErrorKind::invalid},
                        {409, "LimitExceeded", ErrorKind::invalid},
                        {400, "ValidationException", ErrorKind::invalid},
                        {400, "InvalidParameterValueException", ErrorKind::invalid},
                        {501, "InvalidAction", ErrorKind::unsupported},
                        {501, "UnsupportedOperationException", ErrorKind::unsupported}}) {
    transport.answer(row.status, json_error(row.code));
    EXPECT_EQ(answer_error(put_rule()).kind(), row.kind) << row.code;
  }
}

TEST_F(ServiceClientTest, RepeatsThrottlesAndConcurrentChanges) {
  transport.answer(400, query_error("Throttling"))
      .answer(429, json_error("TooManyRequestsException"))
      .answer(400, json_error("ConcurrentModificationException"))
      .answer(200);
  run(service().require(get_role(Repeatable::only_unsent)));
  EXPECT_EQ(transport.count(), 4u);
  for (const auto& sent : transport.sent()) expect_signed_for(sent, "iam", "us-east-1", clock.now());

  for (int i = 0; i < 4; ++i) transport.answer(400, query_error("Throttling"));
  EXPECT_EQ(error_of(service().call(get_role())).kind(), ErrorKind::throttled);
}

TEST_F(ServiceClientTest, RepeatsWhatMayBeRepeatedOnly) {
  transport.answer(500, json_error("InternalFailure")).fail(ErrorKind::outcome_unknown).answer(200);
  run(service().require(put_rule()));
  transport.answer(500, json_error("InternalFailure"));
  const Error internal = answer_error(put_rule(Repeatable::only_unsent));
  EXPECT_EQ(internal.kind(), ErrorKind::outcome_unknown);
  transport.fail(ErrorKind::outcome_unknown);
  const Error lost = error_of(service().call(put_rule(Repeatable::only_unsent)));
  EXPECT_EQ(lost.kind(), ErrorKind::outcome_unknown);
  EXPECT_EQ(lost.resource(), "events:PutRule");
  transport.answer(503, json_error("ServiceUnavailable")).fail(ErrorKind::unavailable).answer(200);
  run(service().require(put_rule(Repeatable::only_unsent)));
}

TEST_F(ServiceClientTest, EveryAttemptHasItsTimeLimit) {
  transport.hang(clock);
  ServiceClientOptions options = service_options();
  options.attempt_max = milliseconds(5'000);
  options.retry.attempts_max = 1;
  test::Outcome outcome;
  const auto call = [](ServiceClient& client, ServiceCall wanted) -> Task<> {
    co_await client.require(std::move(wanted));
  };
  test::start(context, call(service(options), get_role()), outcome);
  test::settle(context);
  clock.advance(milliseconds(5'001));
  test::settle(context);
  ASSERT_TRUE(outcome.ended);
  try {
    outcome.rethrow();
    ADD_FAILURE() << "it ended well";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::outcome_unknown);
  }
}

TEST_F(ServiceClientTest, MendsTheClockOnce) {
  const std::string later = to_http_date(clock.now() + std::chrono::minutes(20));
  transport.answer(403, query_error("SignatureDoesNotMatch", "Signature expired"), {{"Date", later}})
      .answer(200);
  ServiceClient& client = service();
  run(client.require(get_role()));
  expect_signed_for(transport.last(), "iam", "us-east-1", clock.now() + std::chrono::minutes(20));
  // It remembers, and a signature that is wrong for another reason is not asked about again.
  transport.answer(403, query_error("SignatureDoesNotMatch"), {{"Date", later}});
  EXPECT_EQ(run(client.call(get_role())).error().kind(), ErrorKind::denied);
  expect_signed_for(transport.last(), "iam", "us-east-1", clock.now() + std::chrono::minutes(20));
}

TEST_F(ServiceClientTest, RenewsExpiredCredentialsOnce) {
  transport.answer(400, json_error("ExpiredTokenException")).answer(400, json_error("ExpiredTokenException"));
  EXPECT_EQ(answer_error(put_rule()).code(), "ExpiredTokenException");
  EXPECT_EQ(credentials.renewed, 1);
  EXPECT_EQ(credentials.asked, 2);
}

TEST_F(ServiceClientTest, SecretsThatAreEchoedDoNotGetIntoErrors) {
  transport.answer(403,
                   query_error("AccessDenied", std::string("token ") + canary_token + " " + canary_secret));
  const Error error = answer_error(get_role());
  EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
}

}  // namespace
}  // namespace s3dr::client
