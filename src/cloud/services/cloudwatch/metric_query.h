// How alarms and GetMetricData read the stored metrics: one figure for each period, from one metric or from a
// Metrics Insights query over many. Not here: metric math over such queries (501).
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "cloud/services/cloudwatch/metrics_insights.h"
#include "cloud/services/metrics/metric_store.h"
#include "cloud/store/database.h"

namespace s3dr::services {

struct MetricQuery {
  struct OneMetric {
    MetricId id;
    std::optional<std::string> unit;  // if set: only data with this unit
  };
  std::variant<OneMetric, InsightsQuery> what;
  std::string statistic;  // as StatisticSet names it
  milliseconds period{};  // whole minutes
};

// The figures by the start of their period. Periods are counted from `from`, which is a whole minute. Periods
// without data are left out.
std::map<Instant, double> read_query(cloud::Connection& db, const std::string& account,
                                     const MetricQuery& query, Instant from, Instant until);

// An entry of `Metrics` (PutMetricAlarm) or `MetricDataQueries` (GetMetricData).
struct DeclaredQuery {
  MetricQuery query;
  std::string id, label;  // the label as given, else the one that AWS shows
  bool returns_data = true;
  boost::json::object told;  // as DescribeAlarms shows it; putting it again declares the same query
};

// Refuses MissingParameter, InvalidParameterValue. Refuses with 501: metric math, percentiles, periods under
// a minute, other accounts' metrics, and parts of Metrics Insights (metrics_insights.h).
DeclaredQuery declared_query(const boost::json::object& given, const std::string& account);

// A list of dimensions as name → value. Refuses InvalidParameterValue.
std::map<std::string, std::string> dimensions_of(const boost::json::object& given);
boost::json::array told_dimensions(const std::map<std::string, std::string>& dimensions);

// Seconds, a multiple of 60 and at most a day. Refuses as above.
std::int64_t checked_period(const boost::json::object& given);

}  // namespace s3dr::services
