// START HERE. Everything a deployment consists of, as one ordered list, made from the settings alone. Pure:
// the same settings give the same list, byte for byte. deploy/resources/plan.h compares it with what is live.
// deploy/apply.h makes it so.
// Order matters:
// - A resource stands before those that name it.
// - What lets events in stands last, so that everything is ready when the first event arrives.
// - destroy goes through the list backwards.
//
//   roles → queues → log groups → buckets → functions → topics → subscriptions → rules → alarms → trail
#pragma once

#include <vector>

#include "deploy/resources/names.h"
#include "deploy/resources/resource.h"
#include "deploy/resources/settings.h"

namespace s3dr::deploy {

// Needs valid settings (deploy/resources/settings.h). The list also has resources that other settings would
// ask for (alarms that are switched off, the remote roles of two accounts). They are marked as not wanted, so
// that they are removed if they exist.
std::vector<Resource> declare(const Settings& settings);

// The event patterns of the rules, as JSON.
boost::json::object bucket_event_pattern();
boost::json::object tag_change_pattern();
boost::json::object replica_event_pattern();
boost::json::object bucket_check_pattern(const Settings& settings);

// The patterns of AWS's events let this source in as well: PutEvents refuses `aws.*`, and the self-test has to
// go through the rules. An event is a hint, so whoever may put one gains a look at a bucket.
constexpr const char* self_test_source = "s3dr.selftest";

// Names of the rules: calls that CloudTrail saw, changed tags, events of the sweep and the self-test on the bus,
// the schedule that starts the sweep.
constexpr const char* bucket_events = "bucket-events";
constexpr const char* tag_changes = "tag-changes";
constexpr const char* bucket_checks = "bucket-checks";
constexpr const char* sweep = "sweep";
// In the destination region: what CloudTrail says of replicas there.
constexpr const char* replica_events = "replica-events";

}  // namespace s3dr::deploy
