#include "cloud/services/cloudwatch/metric_query.h"

#include <algorithm>
#include <utility>

#include "cloud/services/cloudwatch/cloudwatch_protocol.h"
#include "cloud/services/common/texts.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t dimensions_max = 30;
constexpr std::int64_t period_seconds_max = 86'400;

// "m1": the names that metric math could refer to.
std::string checked_id(const json::object& given) {
  std::string id = require_text(given, "Id", cloudwatch_words);
  if (id[0] < 'a' || id[0] > 'z' || id.size() > 255 || !has_only(id, "_"))
    throw invalid_value("Id", "it begins with a small letter, letters, digits and _ follow");
  return id;
}

void read_metric_stat(DeclaredQuery& declared, const json::object& given, const std::string& account) {
  const json::object& wanted = as_structure(given.at("MetricStat"), "MetricStat", cloudwatch_words);
  const json::value* metric = wanted.if_contains("Metric");
  if (metric == nullptr) throw missing_value("Metric");
  const json::object& names = as_structure(*metric, "Metric", cloudwatch_words);
  MetricQuery::OneMetric one{{account, require_text(names, "Namespace", cloudwatch_words),
                              require_text(names, "MetricName", cloudwatch_words), dimensions_of(names), ""},
                             std::nullopt};
  if (auto unit = optional_text(wanted, "Unit"); unit && !unit->empty()) one.unit = std::move(unit);
  declared.query.statistic = require_text(wanted, "Stat", cloudwatch_words);
  if (!StatisticSet().statistic(declared.query.statistic))
    throw unsupported("The statistic " + declared.query.statistic);
  const std::int64_t period = checked_period(wanted);
  declared.query.period = std::chrono::seconds(period);
  declared.label = one.id.name;
  json::object told{{"Metric", json::object{{"Namespace", one.id.name_space},
                                            {"MetricName", one.id.name},
                                            {"Dimensions", told_dimensions(one.id.dimensions)}}},
                    {"Period", period},
                    {"Stat", declared.query.statistic}};
  if (one.unit) told["Unit"] = *one.unit;
  declared.told["MetricStat"] = std::move(told);
  declared.query.what = std::move(one);
}

void read_expression(DeclaredQuery& declared, const json::object& given) {
  const std::string expression = require_text(given, "Expression", cloudwatch_words);
  if (!is_insights_query(expression)) throw unsupported("Metric math (\"" + expression + "\")");
  InsightsQuery insights = parse_insights_query(expression);
  const std::int64_t period = checked_period(given);
  declared.query.period = std::chrono::seconds(period);
  declared.query.statistic = insights.statistic;
  declared.label = insights.metric;
  declared.query.what = std::move(insights);
  declared.told["Expression"] = expression;
  declared.told["Period"] = period;
}

}  // namespace

std::map<Instant, double> read_query(cloud::Connection& db, const std::string& account,
                                     const MetricQuery& query, Instant from, Instant until) {
  std::map<Instant, StatisticSet> sets;
  if (const auto* one = std::get_if<MetricQuery::OneMetric>(&query.what)) {
    sets = read_metric(db, one->id, one->unit, from, until, query.period);
  } else {
    const auto& insights = std::get<InsightsQuery>(query.what);
    const auto fits = [&insights](const auto& dimensions) { return insights.fits(dimensions); };
    sets = read_metrics(db, account, insights.name_space, insights.metric, fits, from, until, query.period);
  }
  std::map<Instant, double> figures;
  for (const auto& [start, set] : sets) figures[start] = set.statistic(query.statistic).value_or(0);
  return figures;
}

DeclaredQuery declared_query(const json::object& given, const std::string& account) {
  DeclaredQuery declared;
  declared.id = checked_id(given);
  declared.told["Id"] = declared.id;
  if (const auto whose = optional_text(given, "AccountId"); whose && *whose != account)
    throw unsupported("A metric of another account");
  if (given.contains("MetricStat") == given.contains("Expression"))
    throw invalid_value("Metrics", "a query has either MetricStat or Expression");
  if (given.contains("MetricStat"))
    read_metric_stat(declared, given, account);
  else
    read_expression(declared, given);
  if (const auto label = optional_text(given, "Label")) {
    declared.label = *label;
    declared.told["Label"] = *label;
  }
  declared.returns_data = optional_boolean(given, "ReturnData", cloudwatch_words).value_or(true);
  declared.told["ReturnData"] = declared.returns_data;
  return declared;
}

std::map<std::string, std::string> dimensions_of(const json::object& given) {
  std::map<std::string, std::string> dimensions;
  for (const json::value& entry : array_or_empty(given, "Dimensions", cloudwatch_words)) {
    const json::object& fields = as_structure(entry, "Dimensions", cloudwatch_words);
    if (!dimensions
             .emplace(require_text(fields, "Name", cloudwatch_words),
                      require_text(fields, "Value", cloudwatch_words))
             .second)
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

std::int64_t checked_period(const json::object& given) {
  const auto seconds = optional_integer(given, "Period", cloudwatch_words);
  if (!seconds) throw missing_value("Period");
  if (*seconds < 1 || *seconds > period_seconds_max) throw invalid_value("Period", "it is out of range");
  if (*seconds == 10 || *seconds == 20 || *seconds == 30) throw unsupported("A period under a minute");
  if (*seconds % 60 != 0) throw invalid_value("Period", "it must be a multiple of 60");
  return *seconds;
}

}  // namespace s3dr::services
