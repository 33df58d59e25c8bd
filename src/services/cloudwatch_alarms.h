// Metric alarms: how they are declared, kept and told, and the worker that judges them by the stored metrics
// and tells the topics of their actions. The rules of judging: alarm_evaluation.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/context.h"
#include "cloud/database.h"
#include "services/alarm_evaluation.h"
#include "services/metric_store.h"
#include "services/resource_tags.h"

namespace s3dr::services {

extern const std::string_view alarms_schema;

struct AlarmRow {
  std::string account, name;
  boost::json::object configuration;  // what PutMetricAlarm set, as DescribeAlarms tells it
  ResourceTags tags;
  std::string state = "INSUFFICIENT_DATA", reason = "Unchecked: Initial alarm creation";
  Instant configured{}, state_updated{};

  std::string arn(const std::string& region) const {
    return "arn:aws:cloudwatch:" + region + ":" + account + ":alarm:" + name;
  }
};

std::optional<AlarmRow> find_alarm(cloud::Connection& db, const std::string& account,
                                   const std::string& name);
// By name, those after `after`; `state` empty: any.
std::vector<AlarmRow> list_alarms(cloud::Connection& db, const std::string& account,
                                  const std::string& prefix, const std::string& state,
                                  const std::string& after, std::size_t limit);
void save_alarm(cloud::Connection& db, const AlarmRow& alarm);  // also a new one
void delete_alarm(cloud::Connection& db, const std::string& account, const std::string& name);

// {"Name": "Value"} of a list of dimensions. Refuses InvalidParameterValue.
std::map<std::string, std::string> dimensions_of(const boost::json::object& given);
boost::json::array told_dimensions(const std::map<std::string, std::string>& dimensions);

// What PutMetricAlarm gives, checked, defaults filled in. Refuses MissingParameter, InvalidParameterValue,
// and with 501 metric math, anomaly detection, percentiles, periods under a minute and actions other than
// topics of the account and region.
boost::json::object checked_alarm(const boost::json::object& given, const std::string& region,
                                  const std::string& account);
boost::json::object told_alarm(const AlarmRow& alarm, const std::string& region);

// Judges every alarm by the complete periods before `now`; a change of state is written with the messages to
// the topics of its actions in one transaction. Returns the number of changes.
std::size_t judge_alarms(cloud::Connection& db, const std::string& region, Instant now);

}  // namespace s3dr::services
