// The SQL of CloudWatch Metrics Insights, as far as this cloud answers it:
//   SELECT FN(metric) FROM SCHEMA("namespace"[, dimension…]) | "namespace"
//     [WHERE dimension = 'value' [AND …]]
// FN: AVG, COUNT, MAX, MIN, SUM. The result is one figure over all metrics that fit. Refused by name: GROUP
// BY (several figures), ORDER BY and LIMIT (a choice among figures). Pure. What reads the data: metric_query.
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
  // A metric fits when it has exactly these dimensions; nullopt: with any dimensions.
  std::optional<std::vector<std::string>> schema;  // sorted
  std::vector<std::pair<std::string, std::string>> where;

  bool fits(const std::map<std::string, std::string>& dimensions) const;
};

// Whether the text is meant as such a query and not as metric math.
bool is_insights_query(std::string_view text);

// Refuses with ServiceErrors: InvalidParameterValue if the text is not a query, 501 for parts of the language
// that this cloud does not have.
InsightsQuery parse_insights_query(std::string_view text);

}  // namespace s3dr::services
