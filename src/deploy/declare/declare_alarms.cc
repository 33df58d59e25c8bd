// The alarms: a message is in a dead letter queue, something waits for a person, a function fails, objects
// failed to replicate, objects wait too long. They have no action of their own: `s3dr deploy status` shows them.
// To be notified, add an action; s3dr leaves it alone.
#include "deploy/declare/declaration_parts.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr int period_seconds = 300;
constexpr const char* pending = "replication-pending";
constexpr int seconds_late = 3600;

json::object threshold_alarm(std::string description, int threshold, std::string missing_data) {
  return {{"description", std::move(description)},
          {"comparison", "GreaterThanThreshold"},
          {"threshold", threshold},
          {"evaluation_periods", 1},
          {"missing_data", std::move(missing_data)}};
}

json::object metric_alarm(std::string description, const std::string& name_space, const std::string& metric,
                          json::object dimensions, const std::string& statistic) {
  json::object result = threshold_alarm(std::move(description), 0, "notBreaching");
  result["namespace"] = name_space;
  result["metric"] = metric;
  result["dimensions"] = std::move(dimensions);
  result["statistic"] = statistic;
  result["period_seconds"] = period_seconds;
  return result;
}

// One figure for all buckets. The replication metrics exist only for each source bucket, destination bucket
// and rule. S3 publishes no failures while nothing happens, so a missing figure must not change the alarm.
json::object replication_alarm(std::string description, const std::string& figure, int threshold) {
  json::object result = threshold_alarm(std::move(description), threshold, "ignore");
  result["query"] = "SELECT " + figure + " FROM SCHEMA(\"AWS/S3\", DestinationBucket, RuleId, SourceBucket)";
  result["period_seconds"] = period_seconds;
  return result;
}

}  // namespace

void declare_alarms(Declaration& declaration) {
  const Names& names = declaration.names;
  const auto add = [&](Side side, const std::string& purpose, json::object properties) {
    declaration
        .add(Kind::alarm, side, names.alarm(purpose), names.alarm_arn(side, purpose), std::move(properties))
        .wanted = declaration.settings.alarms;
  };
  for (const Side side : {Side::source, Side::destination}) {
    add(side, "dead-letters",
        metric_alarm("Something could not be delivered or handled: s3dr deploy status shows what.", "AWS/SQS",
                     "ApproximateNumberOfMessagesVisible", {{"QueueName", names.dead_letters()}}, "Maximum"));
  }
  for (const Side side : {Side::source, Side::destination}) {
    add(side, "blocked",
        metric_alarm("Something waits for a person: s3dr status shows what.", "s3dr", "Blocked",
                     {{"Deployment", declaration.settings.name_prefix}}, "Sum"));
  }
  for (const Function function : all_functions) {
    const std::string name(to_string(function));
    add(side_of(function), name + "-errors",
        metric_alarm("The function " + name + " failed: its log group says why.", "AWS/Lambda", "Errors",
                     {{"FunctionName", names.function(function)}}, "Sum"));
  }
  add(Side::source, "replication-failed",
      replication_alarm("Objects failed to replicate: s3dr verify names them.",
                        "SUM(OperationsFailedReplication)", 0));
  // By its age: a busy bucket always has operations that wait. S3 publishes this one in the replicas' region, to the source's account (docs/deploy.md, Two accounts).
  const bool one_account = !is_cross_account(declaration.settings);
  add(one_account ? Side::destination : Side::source, pending,
      replication_alarm("An object has been waiting for more than an hour to be replicated.",
                        "MAX(ReplicationLatency)", seconds_late));
  if (!one_account) {
    Resource& abroad = declaration.resources.back();
    abroad.region = declaration.settings.destination.region.text();
    abroad.arn = names.arn("cloudwatch",
                           {declaration.settings.source.account, declaration.settings.destination.region},
                           "alarm:" + names.alarm(pending));
  }
}

}  // namespace s3dr::deploy
