#include "cloud/services/cloudwatch/cloudwatch_alarms.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/arn.h"
#include "base/error.h"
#include "cloud/services/cloudwatch/alarm_evaluation.h"
#include "cloud/services/cloudwatch/cloudwatch_protocol.h"
#include "cloud/services/cloudwatch/metric_query.h"
#include "cloud/store/rows.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t actions_max = 5;
constexpr milliseconds evaluated_max{7LL * 86'400'000};
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

constexpr cloud::Rows<AlarmRow> alarm_rows = {
    "SELECT account, name, configuration, tags, state, reason, configured_ms, state_updated_ms FROM "
    "cloudwatch_alarm ",
    row_of};

std::int64_t require_whole(const json::object& given, std::string_view name, std::int64_t least,
                           std::int64_t most) {
  const auto number = optional_integer(given, name, cloudwatch_words);
  if (!number) throw missing_value(name);
  if (*number < least || *number > most) throw invalid_value(name, "it is out of range");
  return *number;
}

json::array checked_actions(const json::object& given, std::string_view name, const std::string& region,
                            const std::string& account) {
  json::array actions;
  for (const std::string& text : text_list(given, name, cloudwatch_words)) {
    const auto arn = aws::parse_arn(text);
    if (!arn) throw invalid_value(name, text + " is not an ARN");
    if (arn->service != "sns" || arn->region != region || arn->account != account)
      throw unsupported("An alarm action other than a topic of the same account and region");
    actions.emplace_back(text);
  }
  if (actions.size() > actions_max) throw invalid_value(name, "there are more than 5");
  return actions;
}

// What is judged: one metric, or what `Metrics` asks for; returns the period.
milliseconds check_metric(json::object& alarm, const json::object& given, const std::string& account) {
  const json::array& queries = array_or_empty(given, "Metrics", cloudwatch_words);
  if (queries.empty()) {
    alarm["MetricName"] = require_text(given, "MetricName", cloudwatch_words);
    alarm["Namespace"] = require_text(given, "Namespace", cloudwatch_words);
    const std::string statistic = require_text(given, "Statistic", cloudwatch_words);
    if (!StatisticSet().statistic(statistic)) throw invalid_value("Statistic", "there is no " + statistic);
    alarm["Statistic"] = statistic;
    alarm["Dimensions"] = told_dimensions(dimensions_of(given));
    const std::int64_t period = checked_period(given);
    alarm["Period"] = period;
    if (const auto unit = optional_text(given, "Unit"); unit && !unit->empty()) alarm["Unit"] = *unit;
    return std::chrono::seconds(period);
  }
  for (const char* name : {"MetricName", "Namespace", "Statistic", "Dimensions", "Period", "Unit"}) {
    if (given.contains(name))
      throw ServiceError{"InvalidParameterCombination",
                         "The parameters Metrics and " + std::string(name) + " exclude each other.", 400};
  }
  if (queries.size() > 1) throw unsupported("An alarm on more than one query (metric math)");
  DeclaredQuery declared = declared_query(as_structure(queries[0], "Metrics", cloudwatch_words), account);
  if (!declared.returns_data) throw invalid_value("Metrics", "one query must return data");
  alarm["Metrics"] = json::array{std::move(declared.told)};
  return declared.query.period;
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
  return alarm_rows.find(db, "WHERE account = ? AND name = ?", account, name);
}

std::vector<AlarmRow> list_alarms(cloud::Connection& db, const std::string& account,
                                  const std::string& prefix, const std::string& state,
                                  const std::string& after, std::size_t limit) {
  return alarm_rows.all(db,
                        "WHERE account = ?1 AND substr(name, 1, length(?2)) = ?2 AND (?3 = '' OR state = ?3) "
                        "AND name > ?4 ORDER BY name LIMIT ?5",
                        account, prefix, state, after, limit);
}

std::vector<AlarmRow> every_alarm(cloud::Connection& db) {
  return alarm_rows.all(db, "");
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

json::object checked_alarm(const json::object& given, const std::string& region, const std::string& account) {
  for (const char* name : {"ExtendedStatistic", "ThresholdMetricId", "EvaluateLowSampleCountPercentile"}) {
    if (given.contains(name)) throw unsupported(std::string("The parameter ") + name);
  }
  json::object alarm;
  alarm["AlarmName"] = require_text(given, "AlarmName", cloudwatch_words);
  if (alarm.at("AlarmName").get_string().size() > 255)
    throw invalid_value("AlarmName", "it is longer than 255");
  if (const auto description = optional_text(given, "AlarmDescription"))
    alarm["AlarmDescription"] = *description;
  alarm["ActionsEnabled"] = optional_boolean(given, "ActionsEnabled", cloudwatch_words).value_or(true);
  for (const std::string_view list : action_lists)
    alarm[list] = checked_actions(given, list, region, account);
  const milliseconds period = check_metric(alarm, given, account);
  const std::int64_t judged = require_whole(given, "EvaluationPeriods", 1, evaluated_max / metric_minute);
  if (judged * period > evaluated_max)
    throw invalid_value("EvaluationPeriods", "the periods are over a week");
  alarm["EvaluationPeriods"] = judged;
  const std::int64_t needed = optional_integer(given, "DatapointsToAlarm", cloudwatch_words).value_or(judged);
  if (needed < 1 || needed > judged)
    throw invalid_value("DatapointsToAlarm", "it must be between 1 and EvaluationPeriods");
  alarm["DatapointsToAlarm"] = needed;
  const auto threshold = optional_number(given, "Threshold", cloudwatch_words);
  if (!threshold) throw missing_value("Threshold");
  alarm["Threshold"] = *threshold;
  const std::string comparison = require_text(given, "ComparisonOperator", cloudwatch_words);
  if (!breaches(comparison, 0, 0)) {
    if (comparison.find("Lower") != std::string::npos || comparison.find("Upper") != std::string::npos)
      throw unsupported("Anomaly detection");
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

}  // namespace s3dr::services
