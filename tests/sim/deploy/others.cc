#include "sim/deploy/others.h"

#include <utility>

#include "base/encoding.h"
#include "client/s3/body_source.h"
#include "client/s3/object_writer.h"
#include "sim/world/raw_calls.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

constexpr const char* trust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
constexpr const char* look =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]})";

Task<> make_role(client::ServiceClient& client, std::string name) {
  std::map<std::string, std::string> role{{"RoleName", name}, {"AssumeRolePolicyDocument", trust}};
  co_await query(client, "iam", "CreateRole", std::move(role));
  std::map<std::string, std::string> policy{
      {"RoleName", name}, {"PolicyName", "look"}, {"PolicyDocument", look}};
  co_await query(client, "iam", "PutRolePolicy", std::move(policy));
}

Task<> make_services(client::ServiceClient& client, std::string account) {
  const std::string region = client.region().text();
  const auto arn = [&](const std::string& service, const std::string& resource) {
    return "arn:aws:" + service + ":" + region + ":" + account + ":" + resource;
  };
  for (const char* name : {"others", "s3dr-others"}) {
    const std::string which(name);
    json::object queue{{"QueueName", which}};
    co_await call_json(client, "sqs", "AmazonSQS.CreateQueue", std::move(queue));
    std::map<std::string, std::string> topic{{"Name", which}};
    co_await query(client, "sns", "CreateTopic", std::move(topic));
    std::map<std::string, std::string> subscription{
        {"TopicArn", arn("sns", which)}, {"Protocol", "sqs"}, {"Endpoint", arn("sqs", which)}};
    co_await query(client, "sns", "Subscribe", std::move(subscription));
    json::object rule{{"Name", which}, {"ScheduleExpression", "rate(1 day)"}};
    co_await call_json(client, "events", "AWSEvents.PutRule", std::move(rule));
    json::array list{json::object{{"Id", "queue"}, {"Arn", arn("sqs", which)}}};
    json::object targets{{"Rule", which}, {"Targets", std::move(list)}};
    co_await call_json(client, "events", "AWSEvents.PutTargets", std::move(targets));
    json::object group{{"logGroupName", "/aws/lambda/" + which}};
    co_await call_json(client, "logs", "Logs_20140328.CreateLogGroup", std::move(group));
    json::object alarm{{"AlarmName", which},     {"ComparisonOperator", "GreaterThanThreshold"},
                       {"EvaluationPeriods", 1}, {"Threshold", 5},
                       {"Namespace", "AWS/SQS"}, {"MetricName", "NumberOfMessagesSent"},
                       {"Period", 300},          {"Statistic", "Sum"}};
    co_await call_json(client, "monitoring", "GraniteServiceVersion20100801.PutMetricAlarm",
                       std::move(alarm));
    json::object function{
        {"FunctionName", which},
        {"Runtime", "provided.al2023"},
        {"Handler", "bootstrap"},
        {"Role", "arn:aws:iam::" + account + ":role/" + which},
        {"Code", json::object{{"ZipFile", to_base64(small_package("#!/bin/sh\n# theirs\n"))}}}};
    co_await call_lambda(client, "POST", "/2015-03-31/functions", std::move(function));
  }
}

Task<> make_bucket(ports::BucketStore& store, client::S3Client& client, std::string name) {
  const s3::BucketName bucket = s3::BucketName::parse(name);
  co_await store.create_bucket(bucket, {});
  co_await store.put_bucket_versioning(bucket, s3::Versioning::enabled);
  client::ObjectWriter writer(client, store.account());
  for (const char* key : {"a", "b//c"})
    co_await writer.put_object(bucket, s3::ObjectKey(key), client::text_source(key), {});
}

}  // namespace

Task<> make_others(DeployedCluster& deployed) {
  ServiceHands& hands = deployed.by_hand();
  const deploy::Settings& settings = deployed.settings();
  const std::string source = settings.source.account.text();
  const std::string destination = settings.protections.front().destination.account.text();
  for (const char* role : {"others", "s3dr-others"}) {
    co_await make_role(*hands.source, role);
    if (destination != source) co_await make_role(*hands.destination, role);
  }
  co_await make_services(*hands.source, source);
  co_await make_services(*hands.destination, destination);
  co_await make_bucket(*hands.s3.source, *hands.s3.source_client, "photos");
  co_await make_bucket(*hands.s3.destination, *hands.s3.destination_client, "photos-dr");
}

}  // namespace s3dr::sim
