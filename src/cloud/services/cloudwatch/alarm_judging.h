// The worker of the alarms: judges each alarm by the stored metrics and publishes to the topics of its
// actions. What an alarm is: cloudwatch_alarms. The rules for its state (pure): alarm_evaluation.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// Judges every alarm by the complete minutes before `now`. The last period ends with the last complete
// minute, so the window moves every minute, as CloudWatch's does. A change of state and its messages to the
// topics are written in one transaction. Returns the number of changes.
std::size_t judge_alarms(cloud::Connection& db, const std::string& region, Instant now);

}  // namespace s3dr::services
