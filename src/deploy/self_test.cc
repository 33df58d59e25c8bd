#include "deploy/self_test.h"

#include <boost/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "deploy/declare/declaration.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"
#include "dr/message.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::object call_event(const Settings& settings, bool failed) {
  json::object detail{{"eventSource", "s3.amazonaws.com"},
                      {"eventName", "PutBucketTagging"},
                      {"requestParameters", json::object{{"bucketName", settings.reports_bucket.text()}}}};
  if (failed) detail["errorCode"] = "AccessDenied";
  return {{"version", "0"},
          {"id", "s3dr-self-test"},
          {"detail-type", "AWS API Call via CloudTrail"},
          {"source", "aws.s3"},
          {"account", settings.source.account.text()},
          {"time", "2026-01-01T00:00:00Z"},
          {"region", settings.source.region.text()},
          {"resources", json::array()},
          {"detail", std::move(detail)}};
}

// A message about the reports bucket: a bucket of our own, which no function touches.
dr::Message harmless(const Settings& settings, const std::string& id) {
  dr::Message message;
  message.bucket = settings.reports_bucket;
  message.region = settings.source.region;
  message.account = settings.source.account;
  message.correlation_id = id;
  return message;
}

json::object check_event(const Settings& settings, const std::string& id) {
  json::object event = call_event(settings, false);
  event["id"] = id;
  event["source"] = "s3dr";
  event["detail-type"] = "Bucket Check";
  event["detail"] = json::parse(dr::to_json(harmless(settings, id)));
  return event;
}

json::object delivery(const Settings& settings, Function function, const std::string& id) {
  dr::Message message = harmless(settings, id);
  message.kind = dr::MessageKind::ensure;
  json::array records;
  records.push_back(json::object{{"EventSource", "aws:sns"},
                                 {"EventVersion", "1.0"},
                                 {"Sns", json::object{{"Type", "Notification"},
                                                      {"MessageId", id},
                                                      {"TopicArn", Names(settings).topic_arn(function)},
                                                      {"Message", dr::to_json(message)}}}});
  return {{"Records", std::move(records)}};
}

Task<SelfTestStep> test_pattern(client::ServiceClient& client, json::object pattern, json::object event,
                                std::string what, bool wanted) {
  ServiceCalls calls(client);
  SelfTestStep step;
  step.what = std::move(what);
  json::object body{{"EventPattern", json::serialize(pattern)}, {"Event", json::serialize(event)}};
  const json::value answer = co_await calls.json(events_service, "TestEventPattern", std::move(body));
  step.passed = at(answer, {"Result"}) == json::value(wanted);
  if (!step.passed) step.detail = wanted ? "it does not match" : "it matches";
  co_return step;
}

Task<SelfTestStep> run_function(client::ServiceClient& client, std::string name, json::object event) {
  SelfTestStep step;
  step.what = name + " handles an event";
  const json::value payload(std::move(event));
  client::ServiceCall call =
      client::rest_call("lambda", "POST", "/2015-03-31/functions/" + uri_encode(name) + "/invocations",
                        &payload, Repeatable::always);
  call.headers.add("X-Amz-Invocation-Type", "RequestResponse");
  const client::ServiceAnswer answer = co_await client.require(std::move(call));
  step.passed = !answer.headers.has("X-Amz-Function-Error");
  if (!step.passed) {
    boost::system::error_code failure;
    const json::value said = json::parse(answer.body, failure);
    step.detail = text_at(said, {"errorMessage"});
    if (step.detail.empty()) step.detail = answer.body.substr(0, 300);
  }
  co_return step;
}

}  // namespace

Task<std::vector<SelfTestStep>> self_test(client::ServiceClient& source, client::ServiceClient& destination,
                                          Settings settings, std::string id) {
  const Names names(settings);
  std::vector<SelfTestStep> steps;
  steps.push_back(co_await test_pattern(source, bucket_event_pattern(), call_event(settings, false),
                                        "the rule matches a changed tag", true));
  steps.push_back(co_await test_pattern(source, bucket_event_pattern(), call_event(settings, true),
                                        "the rule passes over a call that failed", false));
  steps.push_back(co_await test_pattern(source, bucket_check_pattern(settings), check_event(settings, id),
                                        "the rule matches a bucket of a sweep", true));
  for (const Function function : all_functions) {
    client::ServiceClient& client = side_of(function) == Side::source ? source : destination;
    json::object event = function == Function::source_bucket_check ? check_event(settings, id)
                                                                   : delivery(settings, function, id);
    steps.push_back(co_await run_function(client, names.function(function), std::move(event)));
  }
  // Once through the bus. What comes of it shows in the log of source_bucket_check, and in its dead letters.
  ServiceCalls calls(source);
  json::array entries;
  entries.push_back(json::object{
      {"Source", "s3dr"}, {"DetailType", "Bucket Check"}, {"Detail", dr::to_json(harmless(settings, id))}});
  json::object body{{"Entries", std::move(entries)}};
  const json::value answer = co_await calls.json(events_service, "PutEvents", std::move(body));
  SelfTestStep put{"the event bus takes an event", number_at(answer, {"FailedEntryCount"}) == 0, ""};
  if (!put.passed) put.detail = json::serialize(at(answer, {"Entries"}));
  steps.push_back(std::move(put));
  co_return steps;
}

}  // namespace s3dr::deploy
