// Whether a metric alarm rings: CloudWatch's rules for N periods, M of which must breach, some of them
// without data. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::services {

enum class AlarmState { ok, alarm, insufficient_data };
std::string_view to_string(AlarmState state);  // "OK", "ALARM", "INSUFFICIENT_DATA"

enum class MissingData { missing, ignore, breaching, not_breaching };
std::optional<MissingData> parse_missing_data(std::string_view text);  // "notBreaching"

// "GreaterThanThreshold" and so on; nullopt: no such operator.
std::optional<bool> breaches(std::string_view comparison, double value, double threshold);

// Periods looked at beyond those to be judged: late data counts, as on AWS.
inline constexpr int alarm_extra_periods = 2;

// `points`: whether each of the last periods breaches, oldest first, nullopt without data; the periods to be
// judged and up to alarm_extra_periods before them. `judged` is EvaluationPeriods, `needed`
// DatapointsToAlarm. nullopt: the state stays as it is.
std::optional<AlarmState> evaluate_alarm(const std::vector<std::optional<bool>>& points, int judged,
                                         int needed, MissingData missing);

}  // namespace s3dr::services
