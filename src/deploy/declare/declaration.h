// START HERE. Everything a deployment consists of, as one ordered list made from the settings alone. Pure:
// the same settings give the same list, byte for byte. plan.h compares it with what is live, apply.h makes it
// so. Order matters: what is named by another stands before it, and what lets events in stands last, so that
// no event arrives before everything can take it. destroy goes through it backwards.
//
//   roles → queues → log groups → buckets → functions → topics → subscriptions → rules → alarms → trail
#pragma once

#include <vector>

#include "deploy/resources/names.h"
#include "deploy/resources/resource.h"
#include "deploy/resources/settings.h"

namespace s3dr::deploy {

// Needs settings that are not invalid (settings.h). Also lists, as not wanted, what other settings would have
// asked for (alarms switched off, the remote roles of two accounts), so that it is removed when it is there.
std::vector<Resource> declare(const Settings& settings);

// The event patterns of the rules, as JSON.
boost::json::object bucket_event_pattern();
boost::json::object bucket_check_pattern(const Settings& settings);

// Names of the rules: what comes from CloudTrail, what the sweep (and the self-test) puts on the bus, and the
// clock that starts the sweep.
constexpr const char* bucket_events = "bucket-events";
constexpr const char* bucket_checks = "bucket-checks";
constexpr const char* sweep = "sweep";

}  // namespace s3dr::deploy
