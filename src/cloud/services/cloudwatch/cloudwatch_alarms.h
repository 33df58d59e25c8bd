// Metric alarms: how they are declared, kept and shown. How they are judged: alarm_judging.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/services/common/resource_tags.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view alarms_schema;

struct AlarmRow {
  std::string account, name;
  boost::json::object configuration;  // what PutMetricAlarm set, as DescribeAlarms shows it
  ResourceTags tags;
  std::string state = "INSUFFICIENT_DATA", reason = "Unchecked: Initial alarm creation";
  Instant configured{}, state_updated{};

  std::string arn(const std::string& region) const {
    return "arn:aws:cloudwatch:" + region + ":" + account + ":alarm:" + name;
  }
};

std::optional<AlarmRow> find_alarm(cloud::Connection& db, const std::string& account,
                                   const std::string& name);
// At most `limit` alarms in order of name, with names after `after`. `state` empty: any.
std::vector<AlarmRow> list_alarms(cloud::Connection& db, const std::string& account,
                                  const std::string& prefix, const std::string& state,
                                  const std::string& after, std::size_t limit);
std::vector<AlarmRow> every_alarm(cloud::Connection& db);       // of all accounts
void save_alarm(cloud::Connection& db, const AlarmRow& alarm);  // also a new one
void delete_alarm(cloud::Connection& db, const std::string& account, const std::string& name);

// The configuration that PutMetricAlarm gives, checked and with defaults filled in.
// Refuses MissingParameter, InvalidParameterValue, InvalidParameterCombination. Refuses with 501:
// - metric math, anomaly detection, percentiles, periods under a minute
// - parts of Metrics Insights (metrics_insights.h)
// - actions other than topics of the same account and region
boost::json::object checked_alarm(const boost::json::object& given, const std::string& region,
                                  const std::string& account);
boost::json::object told_alarm(const AlarmRow& alarm, const std::string& region);

}  // namespace s3dr::services
