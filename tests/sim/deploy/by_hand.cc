#include "sim/deploy/by_hand.h"

#include <utility>

#include "base/encoding.h"
#include "sim/world/raw_calls.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;
using client::ServiceClient;
using deploy::Kind;
using deploy::Resource;
using Form = std::map<std::string, std::string>;

std::string text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

// A field that is not there any more: "" or null, as the service wants it.
const json::value& field(const json::object& object, std::string_view name) {
  static const json::value none;
  const json::value* found = object.if_contains(name);
  return found == nullptr ? none : *found;
}

bool differs(const json::object& before, const json::object& after, std::string_view name) {
  return field(before, name) != field(after, name);
}

std::string function_path(const std::string& name) {
  return "/2015-03-31/functions/" + uri_encode(name);
}

Task<> change_role(ServiceClient& client, Resource role, json::object after) {
  const json::object& before = role.properties;
  if (differs(before, after, "description")) {
    Form form{{"RoleName", role.name}, {"Description", text(field(after, "description"))}};
    co_await query(client, "iam", "UpdateRole", std::move(form));
  }
  if (differs(before, after, "trust")) {
    Form form{{"RoleName", role.name}, {"PolicyDocument", text(field(after, "trust"))}};
    co_await query(client, "iam", "UpdateAssumeRolePolicy", std::move(form));
  }
  for (const auto& [name, policy] : after.at("policies").as_object()) {
    if (field(before.at("policies").as_object(), name) == policy) continue;
    Form form{{"RoleName", role.name}, {"PolicyName", std::string(name)}, {"PolicyDocument", text(policy)}};
    co_await query(client, "iam", "PutRolePolicy", std::move(form));
  }
  for (const auto& [name, policy] : before.at("policies").as_object()) {
    if (after.at("policies").as_object().contains(name)) continue;
    Form form{{"RoleName", role.name}, {"PolicyName", std::string(name)}};
    co_await query(client, "iam", "DeleteRolePolicy", std::move(form));
  }
}

Task<std::string> queue_url(ServiceClient& client, std::string name) {
  json::object ask{{"QueueName", name}};
  const json::value answer = co_await call_json(client, "sqs", "AmazonSQS.GetQueueUrl", std::move(ask));
  co_return text(answer.at("QueueUrl"));
}

Task<> change_queue(ServiceClient& client, Resource queue, json::object after) {
  json::object attributes;
  if (differs(queue.properties, after, "retention_seconds"))
    attributes["MessageRetentionPeriod"] = text(field(after, "retention_seconds"));
  if (differs(queue.properties, after, "policy"))
    attributes["Policy"] = after.contains("policy") ? text(field(after, "policy")) : "";
  json::object body{{"QueueUrl", co_await queue_url(client, queue.name)},
                    {"Attributes", std::move(attributes)}};
  co_await call_json(client, "sqs", "AmazonSQS.SetQueueAttributes", std::move(body));
}

Task<> change_log_group(ServiceClient& client, Resource group, json::object after) {
  json::object body{{"logGroupName", group.name}};
  const bool kept_for_ever = !after.contains("retention_days");
  if (!kept_for_ever) body["retentionInDays"] = after.at("retention_days");
  co_await call_json(
      client, "logs",
      kept_for_ever ? "Logs_20140328.DeleteRetentionPolicy" : "Logs_20140328.PutRetentionPolicy",
      std::move(body));
}

client::S3Call setting_call(const char* method, const Resource& bucket, const char* setting) {
  client::S3Call call;
  call.method = method;
  call.bucket = s3::BucketName::parse(bucket.name);
  call.query = {{setting, ""}};
  call.xml_answer = false;
  return call;
}

std::string xml_of(std::string_view name, const json::value& value) {
  std::string inside;
  if (const json::object* object = value.if_object()) {
    for (const auto& [key, inner] : *object) inside += xml_of(key, inner);
  } else {
    inside = text(value);
  }
  return "<" + std::string(name) + ">" + inside + "</" + std::string(name) + ">";
}

Task<> change_lifecycle(deploy::SideAccess side, Resource bucket, json::object after) {
  const json::object* rules = after.contains("lifecycle") ? after.at("lifecycle").if_object() : nullptr;
  const bool none = rules == nullptr || rules->empty();
  client::S3Call call = setting_call(none ? "DELETE" : "PUT", bucket, "lifecycle");
  if (!none) {
    for (const auto& [id, rule] : *rules) {
      json::object with_id = rule.as_object();
      with_id["ID"] = id;
      call.text += xml_of("Rule", with_id);
    }
    call.text = "<LifecycleConfiguration>" + call.text + "</LifecycleConfiguration>";
  }
  co_await side.s3.require(std::move(call));
}

Task<> change_bucket(deploy::SideAccess side, Resource bucket, json::object after) {
  const s3::BucketName name = s3::BucketName::parse(bucket.name);
  if (differs(bucket.properties, after, "versioning")) {
    const bool on = field(after, "versioning") == json::value("Enabled");
    co_await side.buckets.put_bucket_versioning(name,
                                                on ? s3::Versioning::enabled : s3::Versioning::suspended);
  }
  if (differs(bucket.properties, after, "lifecycle")) co_await change_lifecycle(side, bucket, after);
  if (!differs(bucket.properties, after, "policy")) co_return;
  client::S3Call call = setting_call(after.contains("policy") ? "PUT" : "DELETE", bucket, "policy");
  if (after.contains("policy")) call.text = text(after.at("policy"));
  co_await side.s3.require(std::move(call));
}

Task<> change_function(ServiceClient& client, Resource function, json::object after) {
  const json::object& before = function.properties;
  const std::string path = function_path(function.name);
  if (differs(before, after, "code_sha256") || differs(before, after, "architecture")) {
    const bool other_code = differs(before, after, "code_sha256");
    json::object code{
        {"ZipFile", to_base64(small_package(other_code ? "#!/bin/sh\n# by hand\n" : "#!/bin/sh\n"))},
        {"Architectures", json::array{after.at("architecture")}}};
    co_await call_lambda(client, "PUT", path + "/code", std::move(code));
    co_return;
  }
  json::object body;
  constexpr std::pair<const char*, const char*> fields[] = {
      {"description", "Description"}, {"runtime", "Runtime"},        {"handler", "Handler"}, {"role", "Role"},
      {"memory_mib", "MemorySize"},   {"timeout_seconds", "Timeout"}};
  for (const auto& [ours, theirs] : fields) {
    if (differs(before, after, ours)) body[theirs] = field(after, ours);
  }
  if (differs(before, after, "environment"))
    body["Environment"] = json::object{{"Variables", field(after, "environment")}};
  co_await call_lambda(client, "PUT", path + "/configuration", std::move(body));
}

Task<> change_event_invoke_config(ServiceClient& client, Resource config, json::object after) {
  json::object body;
  if (after.contains("retries_max")) body["MaximumRetryAttempts"] = after.at("retries_max");
  if (after.contains("event_age_max_seconds"))
    body["MaximumEventAgeInSeconds"] = after.at("event_age_max_seconds");
  if (after.contains("on_failure")) {
    body["DestinationConfig"] =
        json::object{{"OnFailure", json::object{{"Destination", after.at("on_failure")}}}};
  }
  co_await call_lambda(client, "PUT",
                       "/2019-09-25/functions/" + uri_encode(config.name) + "/event-invoke-config",
                       std::move(body));
}

Task<> change_topic(ServiceClient& client, Resource topic, json::object after) {
  constexpr std::pair<const char*, const char*> fields[] = {{"display_name", "DisplayName"},
                                                            {"policy", "Policy"}};
  for (const auto& [ours, theirs] : fields) {
    if (!differs(topic.properties, after, ours)) continue;
    Form form{{"TopicArn", topic.arn},
              {"AttributeName", theirs},
              {"AttributeValue", after.contains(ours) ? text(after.at(ours)) : ""}};
    co_await query(client, "sns", "SetTopicAttributes", std::move(form));
  }
}

Task<> change_permission(ServiceClient& client, Resource permission, json::object after) {
  const std::string path = function_path(text(permission.properties.at("function"))) + "/policy";
  const std::string sid = text(permission.properties.at("statement_id"));
  co_await call_lambda(client, "DELETE", path + "/" + uri_encode(sid));
  json::object body{{"StatementId", sid}};
  constexpr std::pair<const char*, const char*> fields[] = {{"action", "Action"},
                                                            {"principal", "Principal"},
                                                            {"source_arn", "SourceArn"},
                                                            {"source_account", "SourceAccount"}};
  for (const auto& [ours, theirs] : fields) {
    if (after.contains(ours)) body[theirs] = after.at(ours);
  }
  co_await call_lambda(client, "POST", path, std::move(body));
}

Task<std::string> subscription_arn(ServiceClient& client, Resource subscription) {
  Form form{{"TopicArn", text(subscription.properties.at("topic"))}};
  const std::string list = co_await query(client, "sns", "ListSubscriptionsByTopic", std::move(form));
  const std::size_t endpoint = list.find(text(subscription.properties.at("endpoint")));
  if (endpoint == std::string::npos) throw Failed("no subscription " + subscription.name);
  const std::size_t member = list.rfind("<member>", endpoint);
  co_return element_text(list.substr(member), "SubscriptionArn");
}

Task<> change_subscription(ServiceClient& client, Resource subscription, json::object after) {
  Form form{{"SubscriptionArn", co_await subscription_arn(client, subscription)}};
  if (differs(subscription.properties, after, "dead_letters")) {
    form["AttributeName"] = "RedrivePolicy";
    form["AttributeValue"] =
        after.contains("dead_letters")
            ? json::serialize(json::object{{"deadLetterTargetArn", after.at("dead_letters")}})
            : "";
  } else {
    throw Failed("a subscription is by its topic and its endpoint");
  }
  co_await query(client, "sns", "SetSubscriptionAttributes", std::move(form));
}

json::object target_by_hand(std::string_view id, const json::object& target) {
  json::object result{{"Id", id}};
  json::object retry;
  for (const auto& [name, value] : target) {
    if (name == "arn") {
      result["Arn"] = value;
    } else if (name == "attempts_max") {
      retry["MaximumRetryAttempts"] = value;
    } else if (name == "event_age_max_seconds") {
      retry["MaximumEventAgeInSeconds"] = value;
    } else if (name == "dead_letters") {
      result["DeadLetterConfig"] = json::object{{"Arn", value}};
    } else {
      result[name] = value;
    }
  }
  if (!retry.empty()) result["RetryPolicy"] = std::move(retry);
  return result;
}

Task<> change_targets(ServiceClient& client, std::string rule, json::object before, json::object after) {
  json::array put, taken;
  for (const auto& [id, target] : after) {
    if (field(before, id) != target) put.push_back(target_by_hand(id, target.as_object()));
  }
  for (const auto& [id, target] : before) {
    if (!after.contains(id)) taken.emplace_back(id);
  }
  if (!put.empty()) {
    json::object body{{"Rule", rule}, {"Targets", std::move(put)}};
    const json::value answer = co_await call_json(client, "events", "AWSEvents.PutTargets", std::move(body));
    if (answer.at("FailedEntryCount") != json::value(0)) throw Failed(json::serialize(answer));
  }
  if (!taken.empty()) {
    json::object body{{"Rule", rule}, {"Ids", std::move(taken)}};
    co_await call_json(client, "events", "AWSEvents.RemoveTargets", std::move(body));
  }
}

Task<> change_rule(ServiceClient& client, Resource rule, json::object after) {
  if (differs(rule.properties, after, "targets")) {
    co_await change_targets(client, rule.name, rule.properties.at("targets").as_object(),
                            after.at("targets").as_object());
    co_return;
  }
  json::object body{{"Name", rule.name}};
  if (after.contains("description")) body["Description"] = after.at("description");
  if (after.contains("state")) body["State"] = after.at("state");
  if (after.contains("event_pattern")) body["EventPattern"] = text(after.at("event_pattern"));
  if (after.contains("schedule")) body["ScheduleExpression"] = after.at("schedule");
  co_await call_json(client, "events", "AWSEvents.PutRule", std::move(body));
}

Task<> change_alarm(ServiceClient& client, Resource alarm, json::object after) {
  constexpr std::pair<const char*, const char*> fields[] = {{"description", "AlarmDescription"},
                                                            {"comparison", "ComparisonOperator"},
                                                            {"threshold", "Threshold"},
                                                            {"evaluation_periods", "EvaluationPeriods"},
                                                            {"missing_data", "TreatMissingData"},
                                                            {"namespace", "Namespace"},
                                                            {"metric", "MetricName"},
                                                            {"statistic", "Statistic"}};
  json::object body{{"AlarmName", alarm.name}};
  for (const auto& [ours, theirs] : fields) {
    if (after.contains(ours)) body[theirs] = after.at(ours);
  }
  if (after.contains("query")) {
    json::object only{{"Id", "q"}, {"Expression", after.at("query")}, {"ReturnData", true}};
    if (after.contains("period_seconds")) only["Period"] = after.at("period_seconds");
    body["Metrics"] = json::array{std::move(only)};
  } else {
    json::array dimensions;
    for (const auto& [name, value] : after.at("dimensions").as_object())
      dimensions.push_back(json::object{{"Name", name}, {"Value", value}});
    if (!dimensions.empty()) body["Dimensions"] = std::move(dimensions);
    if (after.contains("period_seconds")) body["Period"] = after.at("period_seconds");
  }
  co_await call_json(client, "monitoring", "GraniteServiceVersion20100801.PutMetricAlarm", std::move(body));
}

Task<> change_trail(ServiceClient& client, Resource trail, json::object after) {
  constexpr std::string_view service = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";
  const auto target = [&](std::string_view action) { return std::string(service) + std::string(action); };
  const json::object& before = trail.properties;
  if (differs(before, after, "bucket") || differs(before, after, "multi_region")) {
    json::object body{{"Name", trail.name}};
    if (differs(before, after, "bucket")) body["S3BucketName"] = after.at("bucket");
    if (differs(before, after, "multi_region")) {
      body["IsMultiRegionTrail"] = after.at("multi_region");
      body["IncludeGlobalServiceEvents"] = true;
    }
    co_await call_json(client, "cloudtrail", target("UpdateTrail"), std::move(body));
  }
  if (differs(before, after, "management_events")) {
    json::object selector{
        {"ReadWriteType",
         after.contains("management_events") ? after.at("management_events") : json::value("All")},
        {"IncludeManagementEvents", after.contains("management_events")},
        {"DataResources", json::array()}};
    json::object body{{"TrailName", trail.name}, {"EventSelectors", json::array{std::move(selector)}}};
    co_await call_json(client, "cloudtrail", target("PutEventSelectors"), std::move(body));
  }
  if (differs(before, after, "logging")) {
    json::object which{{"Name", trail.name}};
    co_await call_json(client, "cloudtrail", target("StopLogging"), std::move(which));
  }
}

}  // namespace

Task<> change_by_hand(ServiceHands& hands, Resource declared, json::object after) {
  ServiceClient& client = hands.of(declared);
  switch (declared.kind) {
    case Kind::role:
      return change_role(client, std::move(declared), std::move(after));
    case Kind::queue:
      return change_queue(client, std::move(declared), std::move(after));
    case Kind::log_group:
      return change_log_group(client, std::move(declared), std::move(after));
    case Kind::bucket:
      return change_bucket(hands.access(declared.side), std::move(declared), std::move(after));
    case Kind::function:
      return change_function(client, std::move(declared), std::move(after));
    case Kind::event_invoke_config:
      return change_event_invoke_config(client, std::move(declared), std::move(after));
    case Kind::topic:
      return change_topic(client, std::move(declared), std::move(after));
    case Kind::permission:
      return change_permission(client, std::move(declared), std::move(after));
    case Kind::subscription:
      return change_subscription(client, std::move(declared), std::move(after));
    case Kind::rule:
      return change_rule(client, std::move(declared), std::move(after));
    case Kind::alarm:
      return change_alarm(client, std::move(declared), std::move(after));
    case Kind::trail:
      return change_trail(client, std::move(declared), std::move(after));
  }
  throw Failed("a kind that nobody changes by hand");
}

}  // namespace s3dr::sim
