// The alarms: a message is in a dead letter queue, something waits for a person, a function fails, objects
// failed to replicate, objects wait too long. They have no action of their own: `s3dr deploy status` shows them.
// To be notified, add an action; s3dr leaves it alone.
#include <algorithm>
#include <utility>

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

// S3 publishes this metric in the replicas' region, to the source's account (docs/deploy.md, Two accounts).
Resource pending_alarm(Declaration& declaration, const Names& names, json::object properties) {
  const dr::Place& destination = names.place(Side::destination);
  const bool abroad = is_cross_account(declaration.settings, destination);
  declaration.add(names, Kind::alarm, abroad ? Side::source : Side::destination, names.alarm(pending),
                  names.alarm_arn(abroad ? Side::source : Side::destination, pending), std::move(properties));
  Resource alarm = std::move(declaration.resources.back());
  declaration.resources.pop_back();
  if (!abroad) return alarm;
  const dr::Place where{declaration.settings.source.account, destination.region};
  alarm.region = where.region.text();
  alarm.place = names.place_text(where);
  alarm.arn = names.arn("cloudwatch", where, "alarm:" + names.alarm(pending));
  return alarm;
}

}  // namespace

void declare_alarms(Declaration& declaration) {
  const auto add = [&](const Names& names, Side side, const std::string& purpose, json::object properties) {
    declaration
        .add(names, Kind::alarm, side, names.alarm(purpose), names.alarm_arn(side, purpose),
             std::move(properties))
        .wanted = declaration.settings.alarms;
  };
  for (const Side side : {Side::source, Side::destination}) {
    for (const Names& names : declaration.at(side)) {
      add(names, side, "dead-letters",
          metric_alarm("Something could not be delivered or handled: s3dr deploy status shows what.",
                       "AWS/SQS", "ApproximateNumberOfMessagesVisible", {{"QueueName", names.dead_letters()}},
                       "Maximum"));
    }
  }
  for (const Side side : {Side::source, Side::destination}) {
    for (const Names& names : declaration.at(side)) {
      add(names, side, "blocked",
          metric_alarm("Something waits for a person: s3dr status shows what.", "s3dr", "Blocked",
                       {{"Deployment", declaration.settings.name_prefix}}, "Sum"));
    }
  }
  for (const Function function : all_functions) {
    const std::string name(to_string(function));
    for (const Names& names : declaration.at(side_of(function))) {
      add(names, side_of(function), name + "-errors",
          metric_alarm("The function " + name + " failed: its log group says why.", "AWS/Lambda", "Errors",
                       {{"FunctionName", names.function(function)}}, "Sum"));
    }
  }
  add(declaration.source(), Side::source, "replication-failed",
      replication_alarm("Objects failed to replicate: s3dr verify names them.",
                        "SUM(OperationsFailedReplication)", 0));
  for (const Names& names : declaration.at(Side::destination)) {
    // By its age: a busy bucket always has operations that wait.
    Resource alarm =
        pending_alarm(declaration, names,
                      replication_alarm("An object has been waiting for more than an hour to be replicated.",
                                        "MAX(ReplicationLatency)", seconds_late));
    alarm.wanted = declaration.settings.alarms;
    // One alarm watches all destinations of a region.
    if (std::ranges::find(declaration.resources, alarm.arn, &Resource::arn) == declaration.resources.end())
      declaration.resources.push_back(std::move(alarm));
  }
}

}  // namespace s3dr::deploy
