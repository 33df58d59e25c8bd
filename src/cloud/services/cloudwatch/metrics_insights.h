// The SQL of CloudWatch Metrics Insights, as much of it as this cloud answers:
//   SELECT FN(metric) FROM SCHEMA("namespace"[, dimension…]) | "namespace"
//     [WHERE dimension = 'value' [AND …]]
// FN: AVG, COUNT, MAX, MIN, SUM. One figure over all metrics that fit; what would make several of it (GROUP
// BY) or choose among them (ORDER BY, LIMIT) is refused by name. Pure; what reads the data is metric_query.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace s3dr::services {

struct InsightsQuery {
  std::string statistic;  // as StatisticSet names it: "Sum"
  std::string metric, name_space;
  // A metric fits when it has exactly these dimensions; nullopt: whatever it has.
  std::optional<std::vector<std::string>> schema;  // sorted
  std::vector<std::pair<std::string, std::string>> where;

  bool fits(const std::map<std::string, std::string>& dimensions) const;
};

// Whether the text is meant as one, rather than as metric math.
bool is_insights_query(std::string_view text);

// Refuses with ServiceErrors: InvalidParameterValue for what is no query, 501 for parts of the language that
// are not here.
InsightsQuery parse_insights_query(std::string_view text);

}  // namespace s3dr::services
