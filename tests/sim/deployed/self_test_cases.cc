#include "sim/deployed/self_test_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "deploy/resources/service_calls.h"
#include "sim/deployed/deployed_job.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

Task<> disable(DeployedJob& job, deploy::Side side, std::string rule) {
  deploy::ServiceCalls calls(job.deployed().by_hand().of(side));
  json::object which{{"Name", rule}};
  co_await calls.json(deploy::events_service, "DisableRule", std::move(which));
}

Task<> forbid(DeployedJob& job, deploy::Side side, std::string statement) {
  deploy::ServiceCalls calls(job.deployed().by_hand().of(side));
  co_await calls.lambda("DELETE", "/2015-03-31/functions/" + statement, std::nullopt);
}

Task<> unsubscribe(DeployedJob& job, deploy::Side side, std::string topic) {
  deploy::ServiceCalls calls(job.deployed().by_hand().of(side));
  const deploy::Names names(job.settings());
  const auto function = side == deploy::Side::source ? deploy::Function::enable_replication
                                                     : deploy::Function::destination_bucket_check;
  deploy::Form form{{"TopicArn", names.topic_arn(function)}};
  const auto answer = co_await calls.query("sns", "ListSubscriptionsByTopic", std::move(form));
  deploy::Form one{{"SubscriptionArn", answer.text({"Subscriptions", "member", "SubscriptionArn"})}};
  co_await calls.query("sns", "Unsubscribe", std::move(one));
}

Task<> stop_function(DeployedJob& job, deploy::Side side, std::string function) {
  deploy::ServiceCalls calls(job.deployed().by_hand().of(side));
  json::object none{{"ReservedConcurrentExecutions", 0}};
  co_await calls.lambda("PUT", "/2017-10-31/functions/" + function + "/concurrency", std::move(none));
}

Task<> stop_trail(DeployedJob& job, deploy::Side side, std::string trail) {
  deploy::ServiceCalls calls(job.deployed().by_hand().of(side));
  json::object which{{"Name", trail}};
  co_await calls.json(deploy::cloudtrail_service, "StopLogging", std::move(which));
}

struct Shut {
  const char* what;
  Task<> (*by_hand)(DeployedJob&, deploy::Side, std::string);
  deploy::Side side;
  const char* name;
  const char* step;    // begins the one step that fails; empty: none does
  const char* detail;  // stands in its words
  bool healthy;        // what status says of it
};

using deploy::Side;
const Shut shut_doors[] = {
    {"nothing", nullptr, Side::source, "", "", "", true},
    {"rule of the calls disabled", disable, Side::source, "s3dr-bucket-events",
     "the rule s3dr-bucket-events starts", "did not arrive", true},
    {"rule of the tags disabled", disable, Side::source, "s3dr-tag-changes",
     "the rule s3dr-tag-changes starts", "did not arrive", true},
    {"rule of the sweep's buckets disabled", disable, Side::source, "s3dr-bucket-checks",
     "the rule s3dr-bucket-checks starts", "did not arrive", true},
    {"rule of the replicas' events disabled", disable, Side::destination, "s3dr-replica-events",
     "the rule s3dr-replica-events starts", "did not arrive", true},
    {"schedule disabled", disable, Side::source, "s3dr-sweep", "the schedule s3dr-sweep",
     "state is DISABLED instead of ENABLED", true},
    {"the schedule may not invoke the function", forbid, Side::source,
     "s3dr-source_bucket_check/policy/sweep", "the schedule s3dr-sweep", "there is no permission", true},
    {"a rule may not invoke the function", forbid, Side::source,
     "s3dr-source_bucket_check/policy/tag-changes", "the rule s3dr-tag-changes starts",
     "it lies in the dead letter queue s3dr-dead-letters: NO_PERMISSIONS", false},
    {"a topic may not invoke the function", forbid, Side::source, "s3dr-enable_replication/policy/topic",
     "the topic s3dr-enable_replication starts", "it lies in the dead letter queue s3dr-dead-letters", false},
    {"destination topic without its subscription", unsubscribe, Side::destination, "",
     "the topic s3dr-destination_bucket_check starts", "did not arrive", true},
    {"source topic without its subscription", unsubscribe, Side::source, "",
     "the topic s3dr-enable_replication starts", "did not arrive", true},
    {"reserved concurrency 0", stop_function, Side::source, "s3dr-source_bucket_check",
     "s3dr-source_bucket_check handles an event", "reserved concurrency is 0", false},
    {"reserved concurrency 0 in the destination", stop_function, Side::destination,
     "s3dr-destination_bucket_check", "s3dr-destination_bucket_check handles an event",
     "reserved concurrency is 0", false},
    {"trail that does not log", stop_trail, Side::source, "s3dr-default", "a trail tells of a tag",
     "no line of TagResource", false},
};

std::string failed_steps(const CommandEnd& end) {
  std::string text;
  for (const deploy::SelfTestStep& step : end.self_test) {
    if (!step.passed) text += "\n  " + step.what + ": " + step.detail;
  }
  return text;
}

void try_door(const Shut& shut, Log* log, MatrixReport& report) {
  DeployedJobOptions options;
  options.log = log;
  DeployedJob job(options);
  job.deploy();
  if (shut.by_hand != nullptr) job.cluster().run(shut.by_hand(job, shut.side, shut.name), "shutting a door");
  CommandOptions command;
  // A rule that is disabled keeps the trail's events out as well.
  command.through_trail = shut.by_hand == nullptr || shut.by_hand == stop_trail;
  const CommandEnd end = job.deployed().self_test(command);
  const std::string failed = failed_steps(end);
  const auto count = std::ranges::count(end.self_test, false, &deploy::SelfTestStep::passed);
  const bool as_told =
      *shut.step == '\0' ? count == 0 && !end.self_test.empty()
                         : count == 1 && failed.find(std::string("\n  ") + shut.step) != std::string::npos &&
                               failed.find(shut.detail) != std::string::npos;
  report.expect(end.ok() && as_told, fmt::format("self-test, {}: {}{}", shut.what, end.text(), failed));
  // What can be mended is put back by apply; what status has to notice is what apply does not look at.
  const CommandEnd status = job.deployed().status();
  report.expect(
      status.ok() && status.status.healthy() == shut.healthy,
      fmt::format("status, {}: {}", shut.what, status.status.healthy() ? "healthy" : "not healthy"));
}

}  // namespace

void self_test_cases(Log* log, MatrixReport& report) {
  for (const Shut& shut : shut_doors) try_door(shut, log, report);
  report.summary += fmt::format("self-test: {} doors shut by hand, each named\n", std::size(shut_doors) - 1);
}

}  // namespace s3dr::sim
