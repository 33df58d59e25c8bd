// Lambda's API: what is kept, what is refused and in which words.
#include "cloud/services/lambda/lambda_service.h"

#include <fmt/format.h>

#include "aws/hash.h"
#include "unit/cloud/services/lambda/lambda_fixture.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;
using cloud::alice;
using cloud::bob;
using cloud::Reply;

constexpr const char* functions = "/2015-03-31/functions";

class LambdaApiTest : public LambdaTest {
 protected:
  Reply create_with(const std::string& field, json::value value) {
    json::object body = creation();
    body[field] = std::move(value);
    return lambda("POST", functions, body);
  }
  Reply permit(const json::object& body, const std::string& name = "check") {
    return lambda("POST", std::string(functions) + "/" + name + "/policy", body);
  }
};

TEST_F(LambdaApiTest, AFunctionIsPendingThenActive) {
  json::object body = creation();
  body["Timeout"] = 60;
  body["Environment"] = {{"Variables", {{"DR_REGION", "us-east-2"}}}};
  body["Tags"] = {{"app", "dr"}};
  body["LoggingConfig"] = {{"LogFormat", "JSON"}};
  body["Architectures"] = json::array{"arm64"};
  const json::object made = parsed(lambda("POST", functions, body));
  EXPECT_EQ(made.at("State"), "Pending");
  EXPECT_EQ(made.at("FunctionArn"), "arn:aws:lambda:us-west-2:111122223333:function:check");
  EXPECT_EQ(made.at("CodeSha256"), json::string(to_base64(aws::sha256(zip_of()))));
  EXPECT_EQ(made.at("LastModified"), "2026-08-01T00:00:00.000+0000");
  test::settle(io);
  const json::object shown = parsed(lambda("GET", "/2015-03-31/functions/check"));
  const json::object& configuration = shown.at("Configuration").as_object();
  EXPECT_EQ(configuration.at("State"), "Active");
  EXPECT_EQ(configuration.at("LastUpdateStatus"), "Successful");
  EXPECT_EQ(configuration.if_contains("StateReason"), nullptr);
  EXPECT_EQ(configuration.at("Timeout"), 60);
  EXPECT_EQ(configuration.at("MemorySize"), 128);
  EXPECT_EQ(at(configuration, "/Environment/Variables/DR_REGION"), "us-east-2");
  EXPECT_EQ(at(configuration, "/LoggingConfig/LogGroup"), "/aws/lambda/check");
  EXPECT_EQ(configuration.at("Architectures"), json::array{"arm64"});
  EXPECT_EQ(at(shown, "/Tags/app"), "dr");
  EXPECT_EQ(type_of(lambda("POST", functions, body)), "ResourceConflictException");
  for (const char* name : {"111122223333%3Afunction%3Acheck", "check%3A%24LATEST",
                           "arn%3Aaws%3Alambda%3Aus-west-2%3A111122223333%3Afunction%3Acheck"})
    EXPECT_EQ(lambda("GET", std::string(functions) + "/" + name).status, 200) << name;
  EXPECT_EQ(
      lambda("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-2%3A111122223333%3Afunction%3Acheck")
          .status,
      404);
}

TEST_F(LambdaApiTest, WhatCannotBeIsRefusedInWords) {
  struct Case {
    const char* field;
    json::value value;
    int status;
    const char* type;
  };
  json::object large;
  for (int i = 0; i < 50; ++i) large["V" + std::to_string(1000 + i)] = std::string(80, 'x');
  const auto variables = [](json::object values) { return json::object{{"Variables", std::move(values)}}; };
  for (const Case& one : std::vector<Case>{
           Case{"FunctionName", "no.dots", 400, "ValidationException"},
           Case{"FunctionName", json::string(65, 'a'), 400, "ValidationException"},
           Case{"Runtime", "python3.12", 400, "InvalidParameterValueException"},
           Case{"Timeout", 0, 400, "ValidationException"},
           Case{"Timeout", 901, 400, "ValidationException"},
           Case{"Timeout", "60", 400, "ValidationException"},
           Case{"MemorySize", 127, 400, "ValidationException"},
           Case{"Role", "worker", 400, "ValidationException"},
           Case{"Role", json::string(role_arn("absent")), 400, "InvalidParameterValueException"},
           Case{"Role", json::string(role_arn("worker", bob)), 403, "AccessDeniedException"},
           Case{"Environment", variables({{"AWS_REGION", "x"}}), 400, "InvalidParameterValueException"},
           Case{"Environment", variables({{"_HANDLER", "x"}}), 400, "InvalidParameterValueException"},
           Case{"Environment", variables({{"AWS_LAMBDA_RUNTIME_API", "x"}}), 400,
                "InvalidParameterValueException"},
           Case{"Environment", variables({{"1A", "x"}}), 400, "ValidationException"},
           Case{"Environment", variables({{"AB", 1}}), 400, "InvalidParameterValueException"},
           Case{"Environment", variables(large), 400, "InvalidParameterValueException"},
           Case{"Code", json::object{{"ZipFile", json::string(to_base64("no zip"))}}, 400,
                "InvalidParameterValueException"},
           Case{"Code", json::object{{"ZipFile", "***"}}, 400, "SerializationException"},
           Case{"Code", json::object{{"S3Bucket", "b"}}, 501, "UnsupportedOperationException"},
           Case{"Layers", json::array{"arn:aws:lambda:us-west-2:111122223333:layer:x:1"}, 501,
                "UnsupportedOperationException"},
           Case{"VpcConfig", json::object{{"SubnetIds", json::array{"subnet-1"}}}, 501,
                "UnsupportedOperationException"},
           Case{"TracingConfig", json::object{{"Mode", "Active"}}, 501, "UnsupportedOperationException"},
           Case{"DeadLetterConfig", json::object{{"TargetArn", "arn:aws:sns:us-west-2:111122223333:t"}}, 501,
                "UnsupportedOperationException"},
           Case{"NewThing", 1, 501, "UnsupportedOperationException"}}) {
    const Reply reply = create_with(one.field, one.value);
    EXPECT_EQ(reply.status, one.status) << one.field << " " << reply.body;
    EXPECT_EQ(type_of(reply), one.type) << one.field << " " << reply.body;
  }
  EXPECT_EQ(number("SELECT COUNT(*) FROM lambda_function"), 0);
  // Neutral values say what is the case.
  json::object body = creation();
  body["Layers"] = json::array();
  body["Environment"] =
      variables({{"AWS_MAX_ATTEMPTS", "3"}, {"AWS_LAMBDA_EXEC_WRAPPER", "/opt/x"}});  // not reserved
  body["TracingConfig"] = {{"Mode", "PassThrough"}};
  body["VpcConfig"] = {{"SubnetIds", json::array()}, {"SecurityGroupIds", json::array()}};
  body["Publish"] = false;
  body["PackageType"] = "Zip";
  EXPECT_EQ(lambda("POST", functions, body).status, 201);
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/check/aliases").status, 501);
}

TEST_F(LambdaApiTest, UpdatesGoThroughInProgressAndRetireWhatRuns) {
  const std::string arn = make();
  const std::string before =
      parsed(lambda("GET", "/2015-03-31/functions/check/configuration")).at("RevisionId").as_string().c_str();
  const json::object code{{"ZipFile", to_base64(zip_of("#!/bin/sh\nexit 1\n"))}};
  const std::size_t bodies = west().context().bodies.list().size();
  const json::object updated = parsed(lambda("PUT", "/2015-03-31/functions/check/code", code));
  EXPECT_EQ(updated.at("LastUpdateStatus"), "InProgress");
  EXPECT_NE(updated.at("RevisionId"), json::string(before));
  ASSERT_EQ(script->retired.size(), 1U);
  EXPECT_EQ(script->retired[0], std::pair(arn, std::string(updated.at("RevisionId").as_string())));
  EXPECT_EQ(west().context().bodies.list().size(), bodies) << "the old zip stays";
  test::settle(io);
  EXPECT_EQ(parsed(lambda("GET", "/2015-03-31/functions/check/configuration")).at("LastUpdateStatus"),
            "Successful");
  const Reply stale =
      lambda("PUT", "/2015-03-31/functions/check/configuration", {{"Timeout", 5}, {"RevisionId", before}});
  EXPECT_EQ(stale.status, 412);
  const Reply changed = lambda("PUT", "/2015-03-31/functions/check/configuration",
                               {{"Environment", {{"Variables", {{"NEW", "1"}}}}}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(parsed(changed).at("Timeout"), 3) << "what is not named stays";
  test::settle(io);
  crash();
  EXPECT_EQ(west().context().bodies.list().size(), bodies) << "the repair at start spares the zip";
  EXPECT_EQ(lambda("DELETE", "/2015-03-31/functions/check").status, 204);
  EXPECT_EQ(lambda("DELETE", "/2015-03-31/functions/check").status, 404);
  EXPECT_EQ(west().context().bodies.list().size(), bodies - 1);
}

TEST_F(LambdaApiTest, APackageThatCannotBePreparedFailsWithItsReason) {
  script->prepare_failure = Error(ErrorKind::invalid, "a/../b is no name");
  make();
  const json::object shown = parsed(lambda("GET", "/2015-03-31/functions/check/configuration"));
  EXPECT_EQ(shown.at("State"), "Failed");
  EXPECT_EQ(shown.at("StateReason"), "a/../b is no name");
  EXPECT_EQ(invoke("check").status, 409);
  // A fault of the cloud's own is tried again.
  script->prepare_failure = Error(ErrorKind::unavailable, "disk");
  make("other");
  EXPECT_EQ(parsed(lambda("GET", "/2015-03-31/functions/other/configuration")).at("State"), "Pending");
  EXPECT_EQ(type_of(lambda("PUT", "/2015-03-31/functions/other/configuration", {{"Timeout", 5}})),
            "ResourceConflictException");
  script->prepare_failure.reset();
  pass(milliseconds(2000));
  EXPECT_EQ(parsed(lambda("GET", "/2015-03-31/functions/other/configuration")).at("State"), "Active");
}

TEST_F(LambdaApiTest, ListsPages) {
  for (const char* name : {"c", "a", "b"}) make(name);
  const json::object first = parsed(lambda("GET", "/2015-03-31/functions/?MaxItems=2"));
  EXPECT_EQ(first.at("Functions").as_array().size(), 2U);
  EXPECT_EQ(first.at("NextMarker"), "b");
  const json::object rest_of = parsed(lambda("GET", "/2015-03-31/functions?Marker=b"));
  EXPECT_EQ(at(rest_of, "/Functions/0/FunctionName"), "c");
  EXPECT_TRUE(rest_of.at("NextMarker").is_null());
  EXPECT_EQ(parsed(lambda("GET", functions, nullptr, bob)).at("Functions").as_array().size(), 0U);
}

TEST_F(LambdaApiTest, PermissionsAreWrittenAsAwsWritesThem) {
  make();
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/check/policy").status, 404);
  const Reply added = permit({{"StatementId", "events"},
                              {"Action", "lambda:InvokeFunction"},
                              {"Principal", "events.amazonaws.com"},
                              {"SourceArn", "arn:aws:events:us-west-2:111122223333:rule/dr"},
                              {"SourceAccount", "111122223333"}});
  ASSERT_EQ(added.status, 201) << added.body;
  const std::string statement =
      R"({"Sid":"events","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction",)"
      R"("Resource":"arn:aws:lambda:us-west-2:111122223333:function:check","Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"},)"
      R"("ArnLike":{"AWS:SourceArn":"arn:aws:events:us-west-2:111122223333:rule/dr"}}})";
  EXPECT_EQ(parsed(added).at("Statement"), json::string(statement));
  const json::object policy = parsed(lambda("GET", "/2015-03-31/functions/check/policy"));
  EXPECT_EQ(policy.at("Policy"),
            json::string(R"({"Version":"2012-10-17","Id":"default","Statement":[)" + statement + "]}"));
  const Reply twice = permit(
      {{"StatementId", "events"}, {"Action", "lambda:InvokeFunction"}, {"Principal", "sns.amazonaws.com"}});
  EXPECT_EQ(twice.status, 409);
  EXPECT_EQ(type_of(twice), "ResourceConflictException");
  for (const char* bad : {"a.b", "", "x y"})
    EXPECT_EQ(
        type_of(permit({{"StatementId", bad}, {"Action", "lambda:InvokeFunction"}, {"Principal", "*"}})),
        "ValidationException");
  EXPECT_EQ(permit({{"StatementId", "x"}, {"Action", "s3:GetObject"}, {"Principal", "*"}}).status, 400);
  EXPECT_EQ(
      permit({{"StatementId", "x"}, {"Action", "lambda:InvokeFunction"}, {"Principal", "nobody"}}).status,
      400);
  EXPECT_EQ(permit({{"StatementId", "x"},
                    {"Action", "lambda:InvokeFunction"},
                    {"Principal", "*"},
                    {"PrincipalOrgID", "o-1"}})
                .status,
            501);
  EXPECT_EQ(lambda("DELETE", "/2015-03-31/functions/check/policy/absent").status, 404);
  EXPECT_EQ(lambda("DELETE", "/2015-03-31/functions/check/policy/events").status, 204);
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions/check/policy").status, 404);
}

TEST_F(LambdaApiTest, InvokeAnswersWithTheFunctionsOwnWords) {
  make();
  const Reply reply = invoke("check", R"({"a":1})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"a":1})");
  EXPECT_EQ(reply.header("X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(from_base64(reply.header("X-Amz-Log-Result")), "START\nhello\nEND\n");
  EXPECT_EQ(script->begun[0], reply.header("x-amzn-RequestId"));
  script->answer = [](const FunctionDescription&, const Invocation&) {
    return InvocationResult{true, R"({"errorMessage":"boom"})", ""};
  };
  const Reply failed = invoke("check");
  EXPECT_EQ(failed.status, 200);
  EXPECT_EQ(failed.header("X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ(invoke("check", "{", "RequestResponse").status, 400);
  EXPECT_EQ(type_of(invoke("check", "{")), "InvalidRequestContentException");
  EXPECT_EQ(invoke("absent").status, 404);
  EXPECT_EQ(invoke("check", "{}", "DryRun").status, 204);
  EXPECT_EQ(invoke("check", "\"" + std::string(6 << 20, 'x') + "\"").status, 413);
  EXPECT_EQ(invoke("check", "\"" + std::string(1 << 20, 'x') + "\"", "Event").status, 413);
  script->answer = [](const FunctionDescription&, const Invocation&) -> InvocationResult {
    throw Error(ErrorKind::throttled, "full");
  };
  EXPECT_EQ(invoke("check").status, 429);
}

TEST_F(LambdaApiTest, AnotherAccountNeedsTheFunctionsConsent) {
  const std::string arn = make();
  EXPECT_EQ(invoke(arn, "{}", "RequestResponse", bob).status, 403);
  ASSERT_EQ(
      permit({{"StatementId", "bob"}, {"Action", "lambda:InvokeFunction"}, {"Principal", bob.id}}).status,
      201);
  EXPECT_EQ(invoke(arn, "{}", "RequestResponse", bob).status, 200);
  EXPECT_EQ(lambda("DELETE", std::string(functions) + "/" + uri_encode(arn), nullptr, bob).status, 403);
}

TEST_F(LambdaApiTest, ReservedConcurrencyIsEnforced) {
  make();
  const std::string path = "/2017-10-31/functions/check/concurrency";
  EXPECT_EQ(lambda("PUT", path, {{"ReservedConcurrentExecutions", 901}}).status, 400);
  ASSERT_EQ(lambda("PUT", path, {{"ReservedConcurrentExecutions", 1}}).status, 200);
  EXPECT_EQ(
      parsed(lambda("GET", "/2019-09-30/functions/check/concurrency")).at("ReservedConcurrentExecutions"), 1);
  script->takes = milliseconds(5'000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(invoke("check", "{}", "Event").status, 202);
  test::settle(io);
  EXPECT_EQ(script->running, 1);
  const Reply throttled = invoke("check");
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(type_of(throttled), "TooManyRequestsException");
  pass(milliseconds(60'000));
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(script->running_max, 1);
  EXPECT_EQ(script->begun.size(), 3U);
  EXPECT_EQ(lambda("DELETE", path).status, 204);
}

Task<> keep_status(Task<HttpResponse> task, int& status) {
  status = (co_await std::move(task)).status;
}

TEST_F(LambdaApiTest, APackageIsReadBesideTheRegion) {
  script->reading_takes = milliseconds(5'000);
  const std::string body = boost::json::serialize(creation("check"));
  HttpRequest request = sign(cloud::Call{"POST", "/2015-03-31/functions", body}, "us-west-2", "lambda");
  int status = 0;
  test::Outcome creating;
  test::start(io, keep_status(west().handle(std::move(request)), status), creating);
  test::settle(io);
  EXPECT_EQ(lambda("GET", "/2015-03-31/functions").status, 200);  // meanwhile
  EXPECT_EQ(status, 0);
  pass(milliseconds(6'000));
  EXPECT_EQ(status, 201);
  script->reading_takes = milliseconds(0);
  boost::json::object broken = creation("broken");
  broken["Code"].as_object()["ZipFile"] = to_base64("no archive");
  EXPECT_EQ(type_of(lambda("POST", "/2015-03-31/functions", broken)), "InvalidParameterValueException");
}

TEST_F(LambdaApiTest, WhatRanAndWhatDidNotIsInItsMetrics) {
  // Sum and sample count of a metric of the function; "" without any.
  const auto told = [this](const std::string& metric) -> std::string {
    const json::object asked{
        {"Namespace", "AWS/Lambda"},
        {"MetricName", metric},
        {"Dimensions", json::array{json::object{{"Name", "FunctionName"}, {"Value", "check"}}}},
        {"StartTime", 0},
        {"EndTime", 4'000'000'000},
        {"Period", 86'400 * 365 * 100LL},
        {"Statistics", json::array{"Sum", "SampleCount"}}};
    const Reply reply = json_call("monitoring", "GraniteServiceVersion20100801.GetMetricStatistics", asked);
    EXPECT_EQ(reply.status, 200) << reply.body;
    const json::array points = parsed(reply).at("Datapoints").as_array();
    return points.empty() ? ""
                          : fmt::format("{} of {}", points[0].at("Sum").to_number<double>(),
                                        points[0].at("SampleCount").to_number<double>());
  };
  make();
  EXPECT_EQ(told("Invocations"), "");
  EXPECT_EQ(invoke("check").status, 200);
  script->answer = [](const FunctionDescription&, const Invocation&) {
    return InvocationResult{true, R"({"errorMessage":"boom"})", ""};
  };
  EXPECT_EQ(invoke("check").status, 200);
  EXPECT_EQ(invoke("check", "{}", "Event").status, 202);
  pass(milliseconds(200'000));  // with its two retries
  script->answer = [](const FunctionDescription&, const Invocation&) -> InvocationResult {
    throw Error(ErrorKind::throttled, "full");
  };
  EXPECT_EQ(invoke("check").status, 429);
  script->answer = [](const FunctionDescription&, const Invocation&) -> InvocationResult {
    throw Error(ErrorKind::denied, "the role is gone");
  };
  EXPECT_EQ(invoke("check").status, 403);
  EXPECT_EQ(told("Invocations"), "5 of 5");
  EXPECT_EQ(told("Errors"), "4 of 5");
  EXPECT_EQ(told("Throttles"), "1 of 6");
  EXPECT_EQ(told("Duration"), "0 of 5") << "the clock of the test stands still meanwhile";
}

TEST_F(LambdaApiTest, TagsAndInvokeConfigs) {
  const std::string arn = make();
  const std::string tags = "/2017-03-31/tags/" + uri_encode(arn);
  EXPECT_EQ(lambda("POST", tags, {{"Tags", {{"a", "1"}, {"b", "2"}}}}).status, 204);
  EXPECT_EQ(lambda("DELETE", tags + "?tagKeys=a&tagKeys=c").status, 204);
  EXPECT_EQ(parsed(lambda("GET", tags)).at("Tags"), (json::object{{"b", "2"}}));
  const std::string config = "/2019-09-25/functions/check/event-invoke-config";
  EXPECT_EQ(lambda("GET", config).status, 404);
  EXPECT_EQ(lambda("PUT", config, {{"MaximumRetryAttempts", 3}}).status, 400);
  EXPECT_EQ(lambda("PUT", config, {{"MaximumEventAgeInSeconds", 59}}).status, 400);
  const std::string queue = "arn:aws:sqs:us-west-2:111122223333:dlq";
  const Reply put =
      lambda("PUT", config,
             {{"MaximumRetryAttempts", 1}, {"DestinationConfig", {{"OnFailure", {{"Destination", queue}}}}}});
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(at(parsed(put), "/DestinationConfig/OnFailure/Destination"), json::string(queue));
  EXPECT_EQ(parsed(put).at("FunctionArn"), json::string(arn + ":$LATEST"));
  ASSERT_EQ(lambda("POST", config, {{"MaximumEventAgeInSeconds", 60}}).status, 200);
  EXPECT_EQ(parsed(lambda("GET", config)).at("MaximumRetryAttempts"), 1);
  EXPECT_EQ(lambda("DELETE", config).status, 204);
  EXPECT_EQ(lambda("GET", config).status, 404);
}

}  // namespace
}  // namespace s3dr::services
