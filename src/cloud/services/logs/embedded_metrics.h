// The embedded metric format: a log line that is a JSON object with the member `_aws` names metrics, which CloudWatch
// Logs takes out of it (docs/protocol/lambda-and-logs.md). Other lines hold none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/services/metrics/metric_store.h"

namespace s3dr::services {

struct EmbeddedMetric {
  MetricId id;
  StatisticSet values;
  Instant at{};
};

// One entry for each metric and set of dimensions. What breaks the format yields nothing, as on AWS.
std::vector<EmbeddedMetric> embedded_metrics(const std::string& account, std::string_view line);

}  // namespace s3dr::services
