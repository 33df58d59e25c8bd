// Metrics as CloudWatch keeps them: one statistic set for each metric and minute, for 15 days. Services
// record theirs within their own transactions. Alarms and GetMetricStatistics read them.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view metrics_schema;

inline constexpr milliseconds metric_minute{60'000};
inline constexpr milliseconds metric_retention{15LL * 24 * 3600 * 1000};

struct MetricId {
  std::string account, name_space, name;
  std::map<std::string, std::string> dimensions;
  std::string unit = "None";
};

struct StatisticSet {
  double count = 0, sum = 0, minimum = 0, maximum = 0;
  static StatisticSet of(double value) { return {1, value, value, value}; }
  void add(const StatisticSet& other);
  // "Average", "Sum", "Minimum", "Maximum", "SampleCount"; nullopt: another name.
  std::optional<double> statistic(std::string_view name) const;
};

// Adds `values` to the statistic set of the minute of `at`.
void record_metric(cloud::Connection& db, const MetricId& id, const StatisticSet& values, Instant at);
// Records a value that is measured again and again: one sample for each minute, the largest value seen in it.
// May be repeated.
void record_gauge(cloud::Connection& db, const MetricId& id, double value, Instant at);

// Statistic sets by the start of their period.
// Periods are counted from `from`; those without data are left out.
// `unit`: only data with that unit. Needs: `from` is a whole minute, `period` is whole minutes.
std::map<Instant, StatisticSet> read_metric(cloud::Connection& db, const MetricId& id,
                                            const std::optional<std::string>& unit, Instant from,
                                            Instant until, milliseconds period);
// The same over all metrics of that name whose dimensions fit, with any unit.
using DimensionFilter = std::function<bool(const std::map<std::string, std::string>&)>;
std::map<Instant, StatisticSet> read_metrics(cloud::Connection& db, const std::string& account,
                                             const std::string& name_space, const std::string& name,
                                             const DimensionFilter& fits, Instant from, Instant until,
                                             milliseconds period);
std::optional<std::string> unit_of_metric(cloud::Connection& db, const MetricId& id);

struct MetricName {
  std::string name_space, name;
  std::map<std::string, std::string> dimensions;
  auto operator<=>(const MetricName&) const = default;
};
// The metrics of an account. An empty text means any.
std::vector<MetricName> list_metrics(cloud::Connection& db, const std::string& account,
                                     const std::string& name_space, const std::string& name);

void delete_metrics_before(cloud::Connection& db, Instant before);

}  // namespace s3dr::services
