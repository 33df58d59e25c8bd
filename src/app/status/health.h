// Judges what `status` has read: which protections are healthy, what is wrong with the others, and which
// command helps. Pure. Healthy is one state only: protected and verified, while somebody is watching and both
// regions answer. Unknown is never healthy.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dr/conditions/conditions.h"
#include "dr/messages/heartbeat.h"
#include "dr/policy.h"
#include "dr/record.h"

namespace s3dr::app {

// How bad it is, worst first.
enum class Severity { broken, not_protected, unknown, under_way, paused, healthy };

// How bad it is that this condition is not as it should be.
Severity severity_of(const dr::Condition& condition);

// A condition that is not as it should be, and what helps.
struct Finding {
  dr::Condition condition;
  std::string next;  // the command that helps, or words when there is none
};

// The judgement of one line of `status`.
struct Health {
  Severity severity = Severity::unknown;
  std::string why;                // empty when healthy
  std::string next;               // the command that helps, or words when there is none; empty when healthy
  std::vector<Finding> findings;  // of a record: what `why` and `next` are made of
  bool healthy() const { return severity == Severity::healthy; }
};

// By the conditions that the record tells. Whether both sides answer is not asked here: the heartbeat tells it of all
// buckets at once.
Health judge(const dr::Record& record, const std::vector<dr::Condition>& conditions);
Health judge(const dr::Record& record);
// A record that is there and cannot be read.
Health judge_unreadable(const s3::BucketName& bucket, const std::string& why);

// A bucket with the tag, or with something like it, or whose tags cannot be read, and no record.
enum class Unrecorded { not_seen_yet, near_miss, wrong_region, cannot_be_read };
std::string_view to_string(Unrecorded kind);  // "not seen yet"
Health judge(Unrecorded kind, const dr::Policy& policy, const s3::BucketName& bucket,
             const std::string& detail);

// Whether somebody watches, and whether both regions answer: one sentence each, worst first.
struct WatchJudgement {
  bool watched = false;  // a fresh heartbeat
  std::string
      last_sweep;  // "last sweep 12s ago by s3dr serve 0.1.0, every 5m"; "the last sweep is not known"
  std::vector<std::string> sentences;  // what is wrong; empty: all is well
  std::string next;                    // the command that helps; empty: all is well
  bool healthy() const { return sentences.empty(); }
};
WatchJudgement judge(const std::optional<dr::Heartbeat>& heartbeat, const std::string& configuration_path,
                     Instant now);
// A heartbeat that is there and cannot be read: it says neither when the last sweep was nor whether anybody watches.
WatchJudgement judge_unreadable_heartbeat(const std::string& why, const std::string& configuration_path);

// Whether both sides answer, as the heartbeat knows it: the condition Reachable of every bucket.
dr::Condition reachable_by(const std::optional<dr::Heartbeat>& heartbeat, Instant now);

// "2 of 12 buckets are not healthy: 1 degraded, 1 not seen yet." `troubles`: the words of each unhealthy one.
std::string summary_text(std::size_t buckets, const std::vector<std::string>& troubles);

}  // namespace s3dr::app
