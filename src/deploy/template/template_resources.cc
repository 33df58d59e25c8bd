#include "deploy/template/template_resources.h"

#include <initializer_list>

#include "base/error.h"
#include "deploy/resources/json_access.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

struct Field {
  std::string_view theirs, ours;
};

// The fields that only have another name.
json::object renamed(const json::object& properties, std::initializer_list<Field> fields) {
  json::object result;
  for (const Field& field : fields) {
    if (const json::value* value = properties.if_contains(field.ours)) result[field.theirs] = *value;
  }
  return result;
}

json::object with_tags(json::object made, const Resource& resource) {
  made["Tags"] = list_of_tags(tags_of(resource.properties));
  return made;
}

json::object role(const Resource& resource) {
  const json::object& properties = resource.properties;
  json::object made{{"RoleName", resource.name}};
  for (auto& [key, value] :
       renamed(properties, {{"Description", "description"}, {"AssumeRolePolicyDocument", "trust"}}))
    made[key] = value;
  json::array policies;
  for (const auto& [name, document] : properties.at("policies").as_object())
    policies.push_back(json::object{{"PolicyName", name}, {"PolicyDocument", document}});
  made["Policies"] = std::move(policies);
  if (const json::array& attached = properties.at("attached_policies").as_array(); !attached.empty())
    made["ManagedPolicyArns"] = attached;
  return with_tags(std::move(made), resource);
}

json::object queue(const Resource& resource) {
  json::object made{{"QueueName", resource.name},
                    {"MessageRetentionPeriod", resource.properties.at("retention_seconds")}};
  return with_tags(std::move(made), resource);
}

json::object log_group(const Resource& resource) {
  json::object made{{"LogGroupName", resource.name},
                    {"RetentionInDays", resource.properties.at("retention_days")}};
  return with_tags(std::move(made), resource);
}

// CloudFormation has some of S3's elements under names of its own.
json::object lifecycle_rule(std::string_view id, const json::object& rule) {
  json::object made{{"Id", id}};
  for (const auto& [key, value] : rule) {
    if (key == "Filter") {
      made["Prefix"] = value.at("Prefix");
    } else if (key == "Expiration") {
      made["ExpirationInDays"] = value.at("Days");
    } else {
      made[key] = value;
    }
  }
  return made;
}

json::object bucket(const Resource& resource) {
  json::array rules;
  for (const auto& [id, rule] : resource.properties.at("lifecycle").as_object())
    rules.push_back(lifecycle_rule(id, rule.as_object()));
  json::object made{
      {"BucketName", resource.name},
      {"VersioningConfiguration", json::object{{"Status", resource.properties.at("versioning")}}},
      {"LifecycleConfiguration", json::object{{"Rules", std::move(rules)}}}};
  return with_tags(std::move(made), resource);
}

json::object function(const Resource& resource) {
  const json::object& properties = resource.properties;
  json::object made{{"FunctionName", resource.name}};
  for (auto& [key, value] : renamed(properties, {{"Description", "description"},
                                                 {"Runtime", "runtime"},
                                                 {"Handler", "handler"},
                                                 {"Role", "role"},
                                                 {"MemorySize", "memory_mib"},
                                                 {"Timeout", "timeout_seconds"}}))
    made[key] = value;
  made["Architectures"] = json::array{properties.at("architecture")};
  made["Code"] = json::object{{"S3Bucket", json::object{{"Ref", package_bucket}}},
                              {"S3Key", json::object{{"Ref", package_key}}}};
  made["Environment"] = json::object{{"Variables", properties.at("environment")}};
  return with_tags(std::move(made), resource);
}

json::object event_invoke_config(const Resource& resource) {
  const json::object& properties = resource.properties;
  const json::object on_failure{{"Destination", properties.at("on_failure")}};
  return {{"FunctionName", resource.name},
          {"Qualifier", "$LATEST"},
          {"MaximumRetryAttempts", properties.at("retries_max")},
          {"MaximumEventAgeInSeconds", properties.at("event_age_max_seconds")},
          {"DestinationConfig", json::object{{"OnFailure", on_failure}}}};
}

json::object topic(const Resource& resource) {
  json::object made{{"TopicName", resource.name}, {"DisplayName", resource.properties.at("display_name")}};
  return with_tags(std::move(made), resource);
}

json::object permission(const Resource& resource) {
  return renamed(resource.properties, {{"FunctionName", "function"},
                                       {"Action", "action"},
                                       {"Principal", "principal"},
                                       {"SourceArn", "source_arn"}});
}

json::object subscription(const Resource& resource) {
  json::object made = renamed(resource.properties,
                              {{"TopicArn", "topic"}, {"Protocol", "protocol"}, {"Endpoint", "endpoint"}});
  made["RedrivePolicy"] = json::object{{"deadLetterTargetArn", resource.properties.at("dead_letters")}};
  return made;
}

json::object rule(const Resource& resource) {
  json::object made{{"Name", resource.name}};
  for (auto& [key, value] : renamed(resource.properties, {{"Description", "description"},
                                                          {"State", "state"},
                                                          {"EventPattern", "event_pattern"},
                                                          {"ScheduleExpression", "schedule"}}))
    made[key] = value;
  json::array targets;
  for (const auto& [id, target] : resource.properties.at("targets").as_object()) {
    const json::object& given = target.as_object();
    targets.push_back(json::object{
        {"Id", id},
        {"Arn", given.at("arn")},
        {"RetryPolicy", json::object{{"MaximumRetryAttempts", given.at("attempts_max")},
                                     {"MaximumEventAgeInSeconds", given.at("event_age_max_seconds")}}},
        {"DeadLetterConfig", json::object{{"Arn", given.at("dead_letters")}}}});
  }
  made["Targets"] = std::move(targets);
  return with_tags(std::move(made), resource);
}

json::object alarm(const Resource& resource) {
  const json::object& properties = resource.properties;
  json::object made{{"AlarmName", resource.name}};
  for (auto& [key, value] : renamed(properties, {{"AlarmDescription", "description"},
                                                 {"ComparisonOperator", "comparison"},
                                                 {"Threshold", "threshold"},
                                                 {"EvaluationPeriods", "evaluation_periods"},
                                                 {"TreatMissingData", "missing_data"},
                                                 {"Namespace", "namespace"},
                                                 {"MetricName", "metric"},
                                                 {"Statistic", "statistic"}}))
    made[key] = value;
  if (const json::value* query = properties.if_contains("query")) {
    made["Metrics"] = json::array{json::object{{"Id", "s3dr"},
                                               {"Expression", *query},
                                               {"Period", properties.at("period_seconds")},
                                               {"ReturnData", true}}};
  } else {
    json::array dimensions;
    for (const auto& [name, value] : properties.at("dimensions").as_object())
      dimensions.push_back(json::object{{"Name", name}, {"Value", value}});
    made["Dimensions"] = std::move(dimensions);
    made["Period"] = properties.at("period_seconds");
  }
  return with_tags(std::move(made), resource);
}

json::object trail(const Resource& resource) {
  const json::object& properties = resource.properties;
  json::object made{{"TrailName", resource.name}};
  for (auto& [key, value] : renamed(
           properties,
           {{"S3BucketName", "bucket"}, {"IsLogging", "logging"}, {"IsMultiRegionTrail", "multi_region"}}))
    made[key] = value;
  // A trail of all regions has to have the events of global services as well.
  made["IncludeGlobalServiceEvents"] = properties.at("multi_region");
  made["EventSelectors"] = json::array{
      json::object{{"ReadWriteType", properties.at("management_events")}, {"IncludeManagementEvents", true}}};
  return with_tags(std::move(made), resource);
}

constexpr TemplateKind template_kinds[] = {
    {Kind::role, "AWS::IAM::Role", "Role", role, "", ""},
    {Kind::queue, "AWS::SQS::Queue", "Queue", queue, "AWS::SQS::QueuePolicy", "Queues"},
    {Kind::log_group, "AWS::Logs::LogGroup", "LogGroup", log_group, "", ""},
    {Kind::bucket, "AWS::S3::Bucket", "Bucket", bucket, "AWS::S3::BucketPolicy", "Bucket"},
    {Kind::function, "AWS::Lambda::Function", "Function", function, "", ""},
    {Kind::event_invoke_config, "AWS::Lambda::EventInvokeConfig", "Retries", event_invoke_config, "", ""},
    {Kind::topic, "AWS::SNS::Topic", "Topic", topic, "AWS::SNS::TopicPolicy", "Topics"},
    {Kind::permission, "AWS::Lambda::Permission", "Permission", permission, "", ""},
    {Kind::subscription, "AWS::SNS::Subscription", "Subscription", subscription, "", ""},
    {Kind::rule, "AWS::Events::Rule", "Rule", rule, "", ""},
    {Kind::alarm, "AWS::CloudWatch::Alarm", "Alarm", alarm, "", ""},
    {Kind::trail, "AWS::CloudTrail::Trail", "Trail", trail, "", ""},
};

}  // namespace

const TemplateKind& template_kind(Kind kind) {
  for (const TemplateKind& one : template_kinds) {
    if (one.kind == kind) return one;
  }
  S3DR_CHECK(false);
}

}  // namespace s3dr::deploy
