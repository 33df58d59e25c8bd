#include "deploy/deployment_status.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr milliseconds errors_age_max{24 * 3'600'000};
constexpr std::size_t errors_max = 5;  // of a function
constexpr int letters_max = 10;        // SQS gives no more at once
constexpr std::size_t text_max = 800;

std::string attribute(const json::value& message, std::string_view name) {
  return text_at(message, {"MessageAttributes", name, "StringValue"});
}

// Who gave up and why. Each sender has its own form. EventBridge and Lambda's older queues use attributes.
// SNS sends the message that it could not deliver. Lambda's destinations send a document about the
// invocation.
DeadLetter letter_of(const json::value& message) {
  DeadLetter letter;
  const std::string text = text_at(message, {"Body"});
  letter.body = cut_text(text, text_max);
  letter.from = attribute(message, "RULE_ARN");
  letter.reason = attribute(message, "ERROR_CODE");
  if (const std::string more = attribute(message, "ERROR_MESSAGE"); !more.empty())
    letter.reason += (letter.reason.empty() ? "" : ": ") + more;
  boost::system::error_code failure;
  const json::value body = json::parse(text, failure);
  if (failure) return letter;
  if (letter.from.empty()) letter.from = text_at(body, {"requestContext", "functionArn"});
  if (letter.from.empty()) letter.from = text_at(body, {"TopicArn"});
  if (letter.reason.empty()) {
    letter.reason = text_at(body, {"requestContext", "condition"});
    const std::string said = text_at(body, {"responsePayload", "errorMessage"});
    if (!said.empty()) letter.reason += (letter.reason.empty() ? "" : ": ") + said;
  }
  return letter;
}

Task<QueueStatus> queue_status(client::ServiceClient& client, std::string name) {
  ServiceCalls calls(client);
  QueueStatus result;
  result.name = name;
  result.region = client.region().text();
  json::object which{{"QueueName", name}};
  const auto found = co_await calls.json_if_found(sqs_service, "GetQueueUrl", std::move(which));
  if (!found) co_return result;
  const std::string url = text_at(*found, {"QueueUrl"});
  json::object ask{{"QueueUrl", url}, {"AttributeNames", json::array{"All"}}};
  const json::value attributes = co_await calls.json(sqs_service, "GetQueueAttributes", std::move(ask));
  result.messages = number_at(attributes, {"Attributes", "ApproximateNumberOfMessages"});
  if (result.messages == 0) co_return result;
  // The messages are read, not taken: they are visible to others again at once.
  json::object receive{{"QueueUrl", url},
                       {"MaxNumberOfMessages", letters_max},
                       {"VisibilityTimeout", 0},
                       {"WaitTimeSeconds", 0},
                       {"MessageAttributeNames", json::array{"All"}}};
  const json::value messages = co_await calls.json(sqs_service, "ReceiveMessage", std::move(receive));
  for (const json::value& message : list_at(messages, {"Messages"}))
    result.letters.push_back(letter_of(message));
  co_return result;
}

Task<std::vector<LastError>> last_errors(client::ServiceClient& client, std::string log_group, Instant now) {
  ServiceCalls calls(client);
  std::vector<std::string> lines;
  std::string token;
  do {
    json::object body{{"logGroupName", log_group},
                      {"startTime", (now - errors_age_max).time_since_epoch().count()},
                      {"filterPattern", "?ERROR ?WARN ?\"Task timed out\""}};
    if (!token.empty()) body["nextToken"] = token;
    const auto page = co_await calls.json_if_found(logs_service, "FilterLogEvents", std::move(body));
    if (!page) break;
    for (const json::value& event : list_at(*page, {"events"})) lines.push_back(text_at(event, {"message"}));
    token = text_at(*page, {"nextToken"});
  } while (!token.empty());
  co_return summarize_errors(lines, errors_max);
}

Task<FunctionStatus> function_status(client::ServiceClient& client, std::string name, std::string log_group,
                                     Instant now) {
  ServiceCalls calls(client);
  FunctionStatus result;
  result.name = name;
  result.region = client.region().text();
  const auto found = co_await calls.lambda_if_found("GET", "/2015-03-31/functions/" + uri_encode(name));
  if (!found) {
    result.state = "absent";
    co_return result;
  }
  const json::value& live = at(*found, {"Configuration"});
  result.state = text_at(live, {"State"});
  if (result.state.empty()) result.state = "Active";  // functions made before Lambda had states have none
  if (text_at(live, {"LastUpdateStatus"}) == "Failed")
    result.state = "update failed: " + text_at(live, {"LastUpdateStatusReason"});
  if (normal_number(at(*found, {"Concurrency", "ReservedConcurrentExecutions"})) == json::value(0))
    result.state = "stopped: reserved concurrency 0, nothing can start it";
  result.last_modified = text_at(live, {"LastModified"});
  result.last_errors = co_await last_errors(client, std::move(log_group), now);
  co_return result;
}

Task<> add_alarms(client::ServiceClient& client, std::string prefix, std::vector<AlarmStatus>& alarms) {
  ServiceCalls calls(client);
  std::string token;
  do {
    json::object body{{"AlarmNamePrefix", prefix}};
    if (!token.empty()) body["NextToken"] = token;
    const json::value page = co_await calls.json(monitoring_service, "DescribeAlarms", std::move(body));
    for (const json::value& alarm : list_at(page, {"MetricAlarms"})) {
      alarms.push_back({text_at(alarm, {"AlarmName"}), client.region().text(), text_at(alarm, {"StateValue"}),
                        text_at(alarm, {"StateReason"})});
    }
    token = text_at(page, {"NextToken"});
  } while (!token.empty());
}

json::object trail_json(const TrailCheck& check) {
  return {{"usable", check.usable}, {"name", check.trail}, {"why", check.why}};
}

}  // namespace

bool DeploymentStatus::healthy() const {
  const auto active = [](const FunctionStatus& one) {
    return one.state == "Active" || one.state == "Inactive";
  };
  const auto empty = [](const QueueStatus& one) { return one.messages == 0; };
  const auto quiet = [](const AlarmStatus& one) { return one.state != "ALARM"; };
  return std::ranges::all_of(functions, active) && std::ranges::all_of(queues, empty) &&
         std::ranges::all_of(alarms, quiet) && trail.usable && replica_trail.usable;
}

Task<DeploymentStatus> read_status(SideAccess source, SideAccess destination, Settings settings,
                                   Clock& clock) {
  const Names names(settings);
  DeploymentStatus result;
  for (const Function function : all_functions) {
    client::ServiceClient& client =
        side_of(function) == Side::source ? source.services : destination.services;
    result.functions.push_back(
        co_await function_status(client, names.function(function), names.log_group(function), clock.now()));
  }
  for (client::ServiceClient* client : {&source.services, &destination.services}) {
    result.queues.push_back(co_await queue_status(*client, names.dead_letters()));
    co_await add_alarms(*client, settings.name_prefix + "-", result.alarms);
  }
  // With two accounts one alarm of the source's account stands in the destination's region.
  if (is_cross_account(settings))
    co_await add_alarms(source.elsewhere, settings.name_prefix + "-", result.alarms);
  result.trail = co_await check_trail(source);
  result.replica_trail = co_await check_trail(destination);
  co_return result;
}

json::object to_json(const DeploymentStatus& status) {
  json::array functions, queues, alarms;
  for (const FunctionStatus& one : status.functions) {
    json::array errors;
    for (const LastError& error : one.last_errors)
      errors.push_back(json::object{{"text", error.text}, {"count", error.count}, {"last_at", error.at}});
    functions.push_back(json::object{{"name", one.name},
                                     {"region", one.region},
                                     {"state", one.state},
                                     {"last_modified", one.last_modified},
                                     {"last_errors", std::move(errors)}});
  }
  for (const QueueStatus& one : status.queues) {
    json::array letters;
    for (const DeadLetter& letter : one.letters)
      letters.push_back(
          json::object{{"from", letter.from}, {"reason", letter.reason}, {"body", letter.body}});
    queues.push_back(json::object{{"name", one.name},
                                  {"region", one.region},
                                  {"messages", one.messages},
                                  {"letters", std::move(letters)}});
  }
  for (const AlarmStatus& one : status.alarms) {
    alarms.push_back(json::object{
        {"name", one.name}, {"region", one.region}, {"state", one.state}, {"reason", one.reason}});
  }
  return {{"healthy", status.healthy()},       {"functions", std::move(functions)},
          {"dead_letters", std::move(queues)}, {"alarms", std::move(alarms)},
          {"trail", trail_json(status.trail)}, {"replica_trail", trail_json(status.replica_trail)}};
}

}  // namespace s3dr::deploy
