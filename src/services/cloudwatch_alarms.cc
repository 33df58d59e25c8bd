#include "services/cloudwatch_alarms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "aws/arn.h"
#include "aws/hash.h"
#include "base/encoding.h"
#include "base/error.h"
#include "services/cloudwatch_protocol.h"
#include "services/sns_store.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::string_view columns =
    "account, name, configuration, tags, state, reason, configured_ms, state_updated_ms";
constexpr std::size_t dimensions_max = 30;
constexpr std::size_t actions_max = 5;
constexpr std::int64_t evaluated_seconds_max = 7 * 86'400;
constexpr std::size_t subject_max = 100;
constexpr std::array<std::string_view, 3> action_lists = {"OKActions", "AlarmActions",
                                                          "InsufficientDataActions"};

Instant instant(std::int64_t ms) {
  return Instant(milliseconds(ms));
}

AlarmRow row_of(const cloud::Statement& row) {
  AlarmRow alarm;
  alarm.account = row.text(0);
  alarm.name = row.text(1);
  json::error_code malformed;
  json::value configuration = json::parse(row.text(2), malformed);
  if (malformed || !configuration.is_object())
    throw Error(ErrorKind::corrupt, "the configuration of alarm " + alarm.name + " cannot be read");
  alarm.configuration = std::move(configuration.as_object());
  alarm.tags = from_tags_column(row.text(3));
  alarm.state = row.text(4);
  alarm.reason = row.text(5);
  alarm.configured = instant(row.integer(6));
  alarm.state_updated = instant(row.integer(7));
  return alarm;
}

ServiceError not_supported(std::string_view what) {
  return {"NotImplemented", std::string(what) + " is not supported yet.", 501};
}

std::string require(const json::object& given, std::string_view name) {
  const auto text = optional_text(given, name);
  if (!text || text->empty()) throw missing_value(name);
  return *text;
}

std::int64_t require_whole(const json::object& given, std::string_view name, std::int64_t least,
                           std::int64_t most) {
  const auto number = optional_whole(given, name);
  if (!number) throw missing_value(name);
  if (*number < least || *number > most) throw invalid_value(name, "it is out of range");
  return *number;
}

json::array checked_actions(const json::object& given, std::string_view name, const std::string& region,
                            const std::string& account) {
  json::array actions;
  for (const std::string& text : member_texts(given, name)) {
    const auto arn = aws::parse_arn(text);
    if (!arn) throw invalid_value(name, text + " is not an ARN");
    if (arn->service != "sns" || arn->region != region || arn->account != account)
      throw not_supported("An alarm action other than a topic of the same account and region");
    actions.emplace_back(text);
  }
  if (actions.size() > actions_max) throw invalid_value(name, "there are more than 5");
  return actions;
}

std::int64_t whole(const AlarmRow& alarm, std::string_view name) {
  return alarm.configuration.at(name).to_number<std::int64_t>();
}

std::string text(const AlarmRow& alarm, std::string_view name) {
  const json::value* value = alarm.configuration.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

MetricId metric_of(const AlarmRow& alarm) {
  return {alarm.account, text(alarm, "Namespace"), text(alarm, "MetricName"),
          dimensions_of(alarm.configuration), text(alarm, "Unit")};
}

// What the periods said, for the reason; the last value is the latest one there is.
struct Judgement {
  std::optional<AlarmState> state;
  int breaching = 0, with_data = 0;
  std::optional<double> last;
};

Judgement judge(cloud::Connection& db, const AlarmRow& alarm, Instant now) {
  const milliseconds period = std::chrono::seconds(whole(alarm, "Period"));
  const int judged = static_cast<int>(whole(alarm, "EvaluationPeriods"));
  const int needed = static_cast<int>(whole(alarm, "DatapointsToAlarm"));
  const Instant until = now - now.time_since_epoch() % period;
  const int looked_at = judged + alarm_extra_periods;
  const MetricId metric = metric_of(alarm);
  const auto unit = metric.unit.empty() ? std::nullopt : std::optional(metric.unit);
  const auto data = read_metric(db, metric, unit, until - looked_at * period, until, period);
  const double threshold = alarm.configuration.at("Threshold").to_number<double>();
  Judgement result;
  std::vector<std::optional<bool>> points;
  for (int i = 0; i < looked_at; ++i) {
    const auto found = data.find(until - (looked_at - i) * period);
    points.emplace_back();
    if (found == data.end()) continue;
    result.last = found->second.statistic(text(alarm, "Statistic"));
    points.back() = breaches(text(alarm, "ComparisonOperator"), result.last.value_or(0), threshold);
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
                     judgement.breaching == 1 ? "breaches" : "breach", text(alarm, "Statistic"),
                     text(alarm, "ComparisonOperator"),
                     alarm.configuration.at("Threshold").to_number<double>(), *judgement.last);
}

// What a topic's subscribers get; the fields are CloudWatch's.
Publication message_of(const AlarmRow& alarm, const std::string& region, const std::string& before) {
  json::object trigger;
  for (const char* name : {"MetricName", "Namespace", "Statistic", "Unit", "Period", "EvaluationPeriods",
                           "DatapointsToAlarm", "ComparisonOperator", "Threshold", "TreatMissingData"}) {
    if (const json::value* value = alarm.configuration.if_contains(name)) trigger[name] = *value;
  }
  json::array dimensions;
  for (const auto& [name, value] : dimensions_of(alarm.configuration))
    dimensions.push_back(json::object{{"name", name}, {"value", value}});
  trigger["Dimensions"] = std::move(dimensions);
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
  const std::string_view list = alarm.state == "OK"      ? action_lists[0]
                                : alarm.state == "ALARM" ? action_lists[1]
                                                         : action_lists[2];
  for (const json::value& action : alarm.configuration.at(list).as_array()) {
    const auto arn = aws::parse_arn(action.as_string());
    const auto topic = arn ? find_topic(db, arn->account, arn->resource) : std::nullopt;
    if (topic)
      publish(db, *topic, message_of(alarm, region, before), now);  // a topic that is gone hears nothing
  }
}

}  // namespace

const std::string_view alarms_schema = R"sql(
CREATE TABLE IF NOT EXISTS cloudwatch_alarm (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  configuration TEXT NOT NULL,                  -- JSON, as DescribeAlarms tells it
  tags TEXT NOT NULL DEFAULT '{}',
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  configured_ms INTEGER NOT NULL,
  state_updated_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name)
) WITHOUT ROWID;
)sql";

std::optional<AlarmRow> find_alarm(cloud::Connection& db, const std::string& account,
                                   const std::string& name) {
  auto row =
      db.prepare("SELECT " + std::string(columns) + " FROM cloudwatch_alarm WHERE account = ? AND name = ?");
  row.bind(account, name);
  if (!row.step()) return std::nullopt;
  return row_of(row);
}

std::vector<AlarmRow> list_alarms(cloud::Connection& db, const std::string& account,
                                  const std::string& prefix, const std::string& state,
                                  const std::string& after, std::size_t limit) {
  std::vector<AlarmRow> alarms;
  auto rows = db.prepare("SELECT " + std::string(columns) +
                         " FROM cloudwatch_alarm WHERE account = ?1 AND substr(name, 1, length(?2)) = ?2 AND "
                         "(?3 = '' OR state = ?3) AND name > ?4 ORDER BY name LIMIT ?5");
  rows.bind(account, prefix, state, after, limit);
  while (rows.step()) alarms.push_back(row_of(rows));
  return alarms;
}

void save_alarm(cloud::Connection& db, const AlarmRow& alarm) {
  db.prepare(
        "INSERT OR REPLACE INTO cloudwatch_alarm (account, name, configuration, tags, state, reason, "
        "configured_ms, state_updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(alarm.account, alarm.name, json::serialize(alarm.configuration), to_tags_column(alarm.tags),
            alarm.state, alarm.reason, alarm.configured.time_since_epoch().count(),
            alarm.state_updated.time_since_epoch().count())
      .run();
}

void delete_alarm(cloud::Connection& db, const std::string& account, const std::string& name) {
  db.prepare("DELETE FROM cloudwatch_alarm WHERE account = ? AND name = ?").bind(account, name).run();
}

std::map<std::string, std::string> dimensions_of(const json::object& given) {
  std::map<std::string, std::string> dimensions;
  for (const json::value& entry : list_field(given, "Dimensions")) {
    const json::object& fields = as_structure(entry, "Dimensions");
    if (!dimensions.emplace(require(fields, "Name"), require(fields, "Value")).second)
      throw invalid_value("Dimensions", "a name is given twice");
  }
  if (dimensions.size() > dimensions_max) throw invalid_value("Dimensions", "there are more than 30");
  return dimensions;
}

json::array told_dimensions(const std::map<std::string, std::string>& dimensions) {
  json::array list;
  for (const auto& [name, value] : dimensions) list.push_back(json::object{{"Name", name}, {"Value", value}});
  return list;
}

json::object checked_alarm(const json::object& given, const std::string& region, const std::string& account) {
  for (const char* name :
       {"Metrics", "ExtendedStatistic", "ThresholdMetricId", "EvaluateLowSampleCountPercentile"}) {
    if (given.contains(name)) throw not_supported(std::string("The parameter ") + name);
  }
  json::object alarm;
  alarm["AlarmName"] = require(given, "AlarmName");
  if (alarm.at("AlarmName").get_string().size() > 255)
    throw invalid_value("AlarmName", "it is longer than 255");
  if (const auto description = optional_text(given, "AlarmDescription"))
    alarm["AlarmDescription"] = *description;
  alarm["ActionsEnabled"] = optional_flag(given, "ActionsEnabled").value_or(true);
  for (const std::string_view list : action_lists)
    alarm[list] = checked_actions(given, list, region, account);
  alarm["MetricName"] = require(given, "MetricName");
  alarm["Namespace"] = require(given, "Namespace");
  const std::string statistic = require(given, "Statistic");
  if (!StatisticSet().statistic(statistic)) throw invalid_value("Statistic", "there is no " + statistic);
  alarm["Statistic"] = statistic;
  alarm["Dimensions"] = told_dimensions(dimensions_of(given));
  const std::int64_t period = require_whole(given, "Period", 1, 86'400);
  if (period == 10 || period == 20 || period == 30) throw not_supported("A period under a minute");
  if (period % 60 != 0) throw invalid_value("Period", "it must be a multiple of 60");
  alarm["Period"] = period;
  if (const auto unit = optional_text(given, "Unit"); unit && !unit->empty()) alarm["Unit"] = *unit;
  const std::int64_t judged = require_whole(given, "EvaluationPeriods", 1, evaluated_seconds_max / 60);
  if (judged * period > evaluated_seconds_max)
    throw invalid_value("EvaluationPeriods", "the periods are over a week");
  alarm["EvaluationPeriods"] = judged;
  const std::int64_t needed = optional_whole(given, "DatapointsToAlarm").value_or(judged);
  if (needed < 1 || needed > judged)
    throw invalid_value("DatapointsToAlarm", "it must be between 1 and EvaluationPeriods");
  alarm["DatapointsToAlarm"] = needed;
  const auto threshold = optional_number(given, "Threshold");
  if (!threshold) throw missing_value("Threshold");
  alarm["Threshold"] = *threshold;
  const std::string comparison = require(given, "ComparisonOperator");
  if (!breaches(comparison, 0, 0)) {
    if (comparison.find("Lower") != std::string::npos || comparison.find("Upper") != std::string::npos)
      throw not_supported("Anomaly detection");
    throw invalid_value("ComparisonOperator", "there is no " + comparison);
  }
  alarm["ComparisonOperator"] = comparison;
  const std::string missing = optional_text(given, "TreatMissingData").value_or("missing");
  if (!parse_missing_data(missing))
    throw invalid_value("TreatMissingData", "it is missing, ignore, breaching or notBreaching");
  alarm["TreatMissingData"] = missing;
  return alarm;
}

json::object told_alarm(const AlarmRow& alarm, const std::string& region) {
  json::object told = alarm.configuration;
  told["AlarmArn"] = alarm.arn(region);
  told["AlarmConfigurationUpdatedTimestamp"] = told_instant(alarm.configured);
  told["StateValue"] = alarm.state;
  told["StateReason"] = alarm.reason;
  told["StateUpdatedTimestamp"] = told_instant(alarm.state_updated);
  told["StateTransitionedTimestamp"] = told_instant(alarm.state_updated);
  return told;
}

std::size_t judge_alarms(cloud::Connection& db, const std::string& region, Instant now) {
  std::vector<AlarmRow> alarms;
  {
    auto rows = db.prepare("SELECT " + std::string(columns) + " FROM cloudwatch_alarm");
    while (rows.step()) alarms.push_back(row_of(rows));
  }
  std::size_t changed = 0;
  for (AlarmRow& alarm : alarms) {
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
