// The doors through which the functions are started: an event through every rule on events, a message through every
// topic, again and again until one arrives, and on request a real call that the trail has to tell of. The schedule is
// compared with the declaration instead: nobody can send its tick, and a tick that finds nothing to do leaves no line.
// What went in has to show in the log group of the function behind it; a permission that is missing, a rule that is
// disabled or a subscription that is gone is found here and nowhere else. Part of the self-test (self_test.h).
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/names.h"
#include "dr/messages/message.h"

namespace s3dr::deploy {

struct SelfTestStep {
  std::string what;  // "s3dr-source_bucket_check handles an event"
  bool passed = false;
  std::string detail;  // of a failure: what the function said
};

// How long something may take from the door to the log group. A trail tells within minutes.
struct DoorTimes {
  milliseconds arrival_max{180'000};
  milliseconds trail_arrival_max{15 * 60'000};
  milliseconds look_again{2'000};
  milliseconds send_again{15'000};
};

// One step a door, in the order of the declaration, the schedule last. What is sent is about a bucket of our own, which every
// function passes over. Raises what the services answer (denied, unavailable); a door through which nothing
// comes is a step that failed, with what the dead letter queue says of it.
Task<std::vector<SelfTestStep>> try_doors(Places places, Settings settings, Clock& clock, std::string id,
                                          DoorTimes times = {});

// Tags the reports bucket, waits for the event of that call, and takes the tag away again.
Task<SelfTestStep> try_trail(SideAccess source, Settings settings, Clock& clock, std::string id,
                             DoorTimes times = {});

// " in us-east-2" for a function at one of several destinations: functions there have the same names.
std::string place_suffix(const Settings& settings, const Names& names, Function function);

// The function's reserved concurrency; nullopt: none set, or no such function. 0 means that nothing starts it.
Task<std::optional<std::int64_t>> reserved_concurrency(client::ServiceClient& client, std::string function);

// The detail of an event of a call about one of our own buckets, as CloudTrail makes it.
boost::json::object call_detail(const s3::BucketName& bucket, bool failed);
boost::json::object tag_change_detail();
// A message about the reports bucket: a bucket of our own, which no function touches.
dr::Message harmless_message(const Settings& settings, const std::string& id);

}  // namespace s3dr::deploy
