// The state of a metric alarm, by CloudWatch's rules:
// M of N periods must breach, and some periods may have no data.
// Pure.
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

// `comparison`: "GreaterThanThreshold" and the others; nullopt: no such operator.
std::optional<bool> breaches(std::string_view comparison, double value, double threshold);

// How many periods before the judged ones are looked at too: late data counts, as on AWS.
inline constexpr int alarm_extra_periods = 2;

// Returns the new state; nullopt: the state stays as it is.
// `points`: for each period, oldest first, whether it breaches (nullopt: no data). They are the periods to
// judge and up to alarm_extra_periods before them.
// `judged`: EvaluationPeriods. `needed`: DatapointsToAlarm.
std::optional<AlarmState> evaluate_alarm(const std::vector<std::optional<bool>>& points, int judged,
                                         int needed, MissingData missing);

}  // namespace s3dr::services
