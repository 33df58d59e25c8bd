#include "deploy/self_test.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "deploy/declare/declaration.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"
#include "dr/messages/message.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr const char* stopped = "its reserved concurrency is 0: nothing can start it";

json::object event_of(const Settings& settings, const char* source, const char* type, json::object detail,
                      const std::string& id) {
  return {{"version", "0"},
          {"id", id},
          {"detail-type", type},
          {"source", source},
          {"account", settings.source.account.text()},
          {"time", "2026-01-01T00:00:00Z"},
          {"region", settings.source.region.text()},
          {"resources", json::array()},
          {"detail", std::move(detail)}};
}

json::object call_event(const Settings& settings, bool failed) {
  return event_of(settings, "aws.s3", "AWS API Call via CloudTrail",
                  call_detail(settings.reports_bucket, failed), "s3dr-self-test");
}

json::object check_event(const Settings& settings, const std::string& id) {
  return event_of(settings, "s3dr", "Bucket Check",
                  json::parse(dr::to_json(harmless_message(settings, id))).as_object(), id);
}

json::object delivery(const Settings& settings, const Names& names, Function function,
                      const std::string& id) {
  dr::Message message = harmless_message(settings, id);
  message.kind = dr::MessageKind::ensure;
  json::array records;
  records.push_back(json::object{{"EventSource", "aws:sns"},
                                 {"EventVersion", "1.0"},
                                 {"Sns", json::object{{"Type", "Notification"},
                                                      {"MessageId", id},
                                                      {"TopicArn", names.topic_arn(function)},
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
    if (step.detail.empty()) step.detail = cut_text(answer.body, 300);
  }
  co_return step;
}

}  // namespace

Task<std::vector<SelfTestStep>> self_test(Places places, Settings settings, Clock& clock,
                                          SelfTestOptions options) {
  client::ServiceClient& bus = places.source.services;
  std::vector<SelfTestStep> steps;
  steps.push_back(co_await test_pattern(bus, bucket_event_pattern(), call_event(settings, false),
                                        "the rule matches a call about a bucket", true));
  steps.push_back(co_await test_pattern(bus, bucket_event_pattern(), call_event(settings, true),
                                        "the rule passes over a call that failed", false));
  steps.push_back(co_await test_pattern(
      bus, tag_change_pattern(),
      event_of(settings, "aws.tag", "Tag Change on Resource", tag_change_detail(), options.id),
      "the rule matches a changed tag", true));
  steps.push_back(co_await test_pattern(bus, bucket_check_pattern(settings),
                                        check_event(settings, options.id),
                                        "the rule matches a bucket of a sweep", true));
  for (const Function function : all_functions) {
    const bool at_source = side_of(function) == Side::source;
    for (std::size_t i = 0; i < (at_source ? 1 : places.destinations.size()); ++i) {
      const Names names(settings, i);
      client::ServiceClient& client = at_source ? places.source.services : places.destinations[i].services;
      const std::string name = names.function(function);
      SelfTestStep step{"", false, stopped};
      // An invocation would be refused as throttled, and an event would wait for hours.
      if (co_await reserved_concurrency(client, name) != 0) {
        json::object event = function == Function::source_bucket_check
                                 ? check_event(settings, options.id)
                                 : delivery(settings, names, function, options.id);
        step = co_await run_function(client, name, std::move(event));
      }
      step.what = name + place_suffix(settings, names, function) + " handles an event";
      steps.push_back(std::move(step));
    }
  }
  // A function that fails when it is invoked directly also fails behind a door (deploy/doors.h).
  if (!std::ranges::all_of(steps, &SelfTestStep::passed)) co_return steps;
  const auto doors = co_await try_doors(places, settings, clock, options.id, options.times);
  steps.insert(steps.end(), doors.begin(), doors.end());
  if (options.through_trail)
    steps.push_back(co_await try_trail(places.source, settings, clock, options.id, options.times));
  co_return steps;
}

}  // namespace s3dr::deploy
