#include "cloud/services/cloudwatch/alarm_judging.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/services/cloudwatch/alarm_evaluation.h"
#include "cloud/services/cloudwatch/cloudwatch_alarms.h"
#include "cloud/services/cloudwatch/metric_query.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/sns/sns_store.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t subject_max = 100;

std::int64_t whole(const AlarmRow& alarm, std::string_view name) {
  return alarm.configuration.at(name).to_number<std::int64_t>();
}

std::string text(const AlarmRow& alarm, std::string_view name) {
  return text_or_empty(alarm.configuration, name);
}

MetricQuery query_of(const AlarmRow& alarm) {
  if (const json::value* queries = alarm.configuration.if_contains("Metrics"))
    return declared_query(queries->as_array().at(0).as_object(), alarm.account).query;
  MetricQuery::OneMetric metric{{alarm.account, text(alarm, "Namespace"), text(alarm, "MetricName"),
                                 dimensions_of(alarm.configuration), ""},
                                std::nullopt};
  if (std::string unit = text(alarm, "Unit"); !unit.empty()) metric.unit = std::move(unit);
  return {std::move(metric), text(alarm, "Statistic"), std::chrono::seconds(whole(alarm, "Period"))};
}

// The result for the periods, for the alarm's reason. The last value is the latest one that exists.
struct Judgement {
  std::optional<AlarmState> state;
  int breaching = 0, with_data = 0;
  std::optional<double> last;
  std::string statistic;
};

Judgement judge(cloud::Connection& db, const AlarmRow& alarm, Instant now) {
  const MetricQuery query = query_of(alarm);
  const int judged = static_cast<int>(whole(alarm, "EvaluationPeriods"));
  const int needed = static_cast<int>(whole(alarm, "DatapointsToAlarm"));
  const Instant until = now - now.time_since_epoch() % metric_minute;
  const int looked_at = judged + alarm_extra_periods;
  const Instant from = until - looked_at * query.period;
  const auto data = read_query(db, alarm.account, query, from, until);
  const double threshold = alarm.configuration.at("Threshold").to_number<double>();
  Judgement result;
  result.statistic = query.statistic;
  std::vector<std::optional<bool>> points;
  for (int i = 0; i < looked_at; ++i) {
    const auto found = data.find(from + i * query.period);
    points.emplace_back();
    if (found == data.end()) continue;
    result.last = found->second;
    points.back() = breaches(text(alarm, "ComparisonOperator"), found->second, threshold);
    ++result.with_data;
    if (points.back().value_or(false)) ++result.breaching;
  }
  const auto missing = parse_missing_data(text(alarm, "TreatMissingData")).value_or(MissingData::missing);
  result.state = evaluate_alarm(points, judged, needed, missing);
  return result;
}

std::string reason_of(const AlarmRow& alarm, const Judgement& judgement) {
  if (!judgement.last)
    return "No data for the last periods of the metric; missing data: " + text(alarm, "TreatMissingData");
  return fmt::format("{} of {} periods with data {} the threshold: {} {} {}, the last value is {}",
                     judgement.breaching, judgement.with_data,
                     judgement.breaching == 1 ? "breaches" : "breach", judgement.statistic,
                     text(alarm, "ComparisonOperator"),
                     alarm.configuration.at("Threshold").to_number<double>(), *judgement.last);
}

// What a topic's subscribers get; the fields are CloudWatch's.
Publication message_of(const AlarmRow& alarm, const std::string& region, const std::string& before) {
  json::object trigger;
  for (const char* name :
       {"MetricName", "Namespace", "Statistic", "Unit", "Period", "EvaluationPeriods", "DatapointsToAlarm",
        "ComparisonOperator", "Threshold", "TreatMissingData", "Metrics"}) {
    if (const json::value* value = alarm.configuration.if_contains(name)) trigger[name] = *value;
  }
  if (!trigger.contains("Metrics")) {
    json::array dimensions;
    for (const auto& [name, value] : dimensions_of(alarm.configuration))
      dimensions.push_back(json::object{{"name", name}, {"value", value}});
    trigger["Dimensions"] = std::move(dimensions);
  }
  Publication publication;
  const std::string hash = aws::sha256_hex(alarm.arn(region) + alarm.state + to_iso8601(alarm.state_updated));
  publication.message_id = hash.substr(0, 8) + "-" + hash.substr(8, 4) + "-" + hash.substr(12, 4) + "-" +
                           hash.substr(16, 4) + "-" + hash.substr(20, 12);
  std::string subject = alarm.state + ": \"" + alarm.name + "\" in " + region;
  std::erase_if(subject, [](char c) { return c < 0x20 || c > 0x7e; });
  publication.subject = subject.substr(0, subject_max);
  publication.message = json::serialize(json::object{{"AlarmName", alarm.name},
                                                     {"AlarmDescription", text(alarm, "AlarmDescription")},
                                                     {"AWSAccountId", alarm.account},
                                                     {"NewStateValue", alarm.state},
                                                     {"NewStateReason", alarm.reason},
                                                     {"StateChangeTime", to_iso8601(alarm.state_updated)},
                                                     {"Region", region},
                                                     {"AlarmArn", alarm.arn(region)},
                                                     {"OldStateValue", before},
                                                     {"Trigger", std::move(trigger)}});
  return publication;
}

void act(cloud::Connection& db, const AlarmRow& alarm, const std::string& region, const std::string& before,
         Instant now) {
  if (!alarm.configuration.at("ActionsEnabled").as_bool()) return;
  const std::string_view list = alarm.state == "OK"      ? "OKActions"
                                : alarm.state == "ALARM" ? "AlarmActions"
                                                         : "InsufficientDataActions";
  for (const json::value& action : alarm.configuration.at(list).as_array()) {
    const auto arn = aws::parse_arn(action.as_string());
    const auto topic = arn ? find_topic(db, arn->account, arn->resource) : std::nullopt;
    if (topic)
      publish(db, *topic, message_of(alarm, region, before), now);  // a topic that is gone hears nothing
  }
}

}  // namespace

std::size_t judge_alarms(cloud::Connection& db, const std::string& region, Instant now) {
  std::size_t changed = 0;
  for (AlarmRow& alarm : every_alarm(db)) {
    const Judgement judgement = judge(db, alarm, now);
    if (!judgement.state || alarm.state == to_string(*judgement.state)) continue;
    const std::string before = std::exchange(alarm.state, std::string(to_string(*judgement.state)));
    alarm.reason = reason_of(alarm, judgement);
    alarm.state_updated = now;
    save_alarm(db, alarm);
    act(db, alarm, region, before, now);
    ++changed;
  }
  return changed;
}

}  // namespace s3dr::services
