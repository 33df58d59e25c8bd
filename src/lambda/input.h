// What an event asks for: buckets to look at, or a stretch of the sweep. Pure. Any bytes are accepted; an
// event that is not understood is refused by name.
// Events are hints: only identities are taken from them. The functions read the world themselves. One document is
// kept: what a call wrote as replication rules, because it may be overwritten (dr/replication_edits.h).
//   SNS delivery        Records[].Sns.Message = dr/messages/message.h, every record (all three functions)
//   EventBridge, for destination_bucket_check: CloudTrail call in the destination region, about a replica
//   EventBridge, for source_bucket_check only:
//     CloudTrail call or tag change          (dr/messages/event.h)
//     source s3dr                            "Bucket Check" (a message), "Sweep" (a position)
//     scheduled event                        the start of a sweep, or a look at the jobs between two sweeps
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dr/messages/message.h"
#include "dr/plan.h"
#include "dr/protections.h"
#include "functions/sweep_walk.h"

namespace s3dr::lambda {

constexpr std::size_t input_bytes_max = 1024 * 1024;
constexpr std::string_view event_source = "s3dr";
constexpr std::string_view bucket_check_type = "Bucket Check";
constexpr std::string_view sweep_type = "Sweep";

// One stretch of a sweep. It travels from event to event.
struct SweepStretch {
  functions::SweepPosition from;
  int number = 0;           // 0: the first one
  bool incomplete = false;  // in a stretch before a listing failed
  bool operator==(const SweepStretch&) const = default;
};
constexpr int sweep_stretches_max = 10'000;  // of one sweep: so a mistake cannot keep events going forever

std::string to_detail(const SweepStretch& stretch);  // the detail of a "Sweep" event

struct Input {
  std::vector<dr::Message> messages;        // one a bucket and protection
  std::optional<dr::ReplicationEdit> edit;  // of the bucket of the first message (dr/messages/event.h)
  std::optional<SweepStretch> sweep;
  std::optional<Instant> scheduled;  // the time of a scheduled event that names one; see sweep_is_due
  std::string event_id;              // the envelope's, or that of SNS's first message; for the log
  std::string call;                  // what the event tells of: "PutBucketTagging"; for the log
  std::vector<std::string> ignored;  // understood, concerns nobody: "PutBucketTagging: a failed call"
  std::vector<std::string> refused;  // malformed, or not for this function
};

// The schedule ticks each minute, for the jobs (dr/job_queue.h). One tick in `interval`, counted from 1970, is a sweep.
// Every repetition of an event answers alike, because the time is the event's. Raises nothing.
bool sweep_is_due(Instant scheduled, milliseconds interval);

// `protections`: those that the function works for, at least one. An event that names none of them is about all of
// them: it makes a message for each. So does a message without a name of a release that knew one protection only.
// Never throws for what the event says. `request_id` ties the log lines together where the event has no id.
Input read_input(dr::Function function, const dr::Protections& protections, std::string_view event,
                 const std::string& request_id);

}  // namespace s3dr::lambda
