#include "cloud/services/cloudwatch/alarm_evaluation.h"

namespace s3dr::services {

std::string_view to_string(AlarmState state) {
  switch (state) {
    case AlarmState::ok:
      return "OK";
    case AlarmState::alarm:
      return "ALARM";
    default:
      return "INSUFFICIENT_DATA";
  }
}

std::optional<MissingData> parse_missing_data(std::string_view text) {
  if (text == "missing") return MissingData::missing;
  if (text == "ignore") return MissingData::ignore;
  if (text == "breaching") return MissingData::breaching;
  if (text == "notBreaching") return MissingData::not_breaching;
  return std::nullopt;
}

std::optional<bool> breaches(std::string_view comparison, double value, double threshold) {
  if (comparison == "GreaterThanThreshold") return value > threshold;
  if (comparison == "GreaterThanOrEqualToThreshold") return value >= threshold;
  if (comparison == "LessThanThreshold") return value < threshold;
  if (comparison == "LessThanOrEqualToThreshold") return value <= threshold;
  return std::nullopt;
}

std::optional<AlarmState> evaluate_alarm(const std::vector<std::optional<bool>>& points, int judged,
                                         int needed, MissingData missing) {
  // Takes the latest periods with data, as many as are judged. Missing ones are filled below.
  int seen = 0, breaching = 0;
  for (auto point = points.rbegin(); point != points.rend() && seen < judged; ++point) {
    if (!*point) continue;
    ++seen;
    if (**point) ++breaching;
  }
  const int to_fill = judged - seen;
  if (missing == MissingData::breaching) breaching += to_fill;
  if (breaching >= needed) return AlarmState::alarm;
  if (to_fill == 0 || missing == MissingData::breaching || missing == MissingData::not_breaching)
    return AlarmState::ok;
  if (seen == 0) {
    if (missing == MissingData::ignore) return std::nullopt;
    return AlarmState::insufficient_data;
  }
  if (breaching < seen) return AlarmState::ok;
  // All periods with data breach, but they are too few.
  if (missing == MissingData::ignore) return std::nullopt;
  return AlarmState::alarm;
}

}  // namespace s3dr::services
