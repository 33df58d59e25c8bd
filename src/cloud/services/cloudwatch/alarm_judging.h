// The worker of the alarms: judges each by the stored metrics and tells the topics of its actions. What an
// alarm is: cloudwatch_alarms; the rules of judging, pure: alarm_evaluation.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// Judges every alarm by the complete minutes before `now`: its periods end with the last of them, so the
// window moves on every minute, as CloudWatch's does. A change of state is written with the messages to the
// topics of its actions in one transaction. Returns the number of changes.
std::size_t judge_alarms(cloud::Connection& db, const std::string& region, Instant now);

}  // namespace s3dr::services
