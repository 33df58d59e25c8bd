// What `status` has read and judged, and how it is told: a summary line, who watches, then one row a bucket,
// worst first, each unhealthy one with why and what helps. The same as JSON. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/status/health.h"
#include "app/status/settings_output.h"
#include "app/status/unrecorded.h"
#include "base/clock.h"
#include "dr/conditions/conditions.h"
#include "dr/messages/heartbeat.h"
#include "dr/record.h"
#include "s3/names.h"

namespace s3dr::app {

// One bucket: with a record, or with one that cannot be read, or tagged and without one.
struct StatusEntry {
  s3::BucketName bucket;
  std::string protection;  // its name, where there are several
  std::optional<dr::Record> record;
  std::string unreadable;
  std::optional<UnrecordedBucket> unrecorded;
  // Its backfill waits for one of the few jobs that an account may run: the oldest is started next.
  struct JobPlace {
    std::size_t place = 1, of = 1;
    Instant since{};
    bool operator==(const JobPlace&) const = default;
  };
  std::optional<JobPlace> job_place;
  std::optional<SettingsView> settings;   // of a record: what its last look has found
  std::vector<dr::Condition> conditions;  // of a record
  Health health;                          // by the record alone: Reachable is told once, of all buckets
};

struct StatusReport {
  std::vector<StatusEntry> entries;
  std::vector<std::string> other_keys;
  std::optional<dr::Heartbeat> heartbeat;
  WatchJudgement watch;
  dr::Condition reachable;           // of every bucket
  std::string never;                 // of one bucket: why it can have no record, "it is the replica of …"
  std::vector<std::string> unknown;  // what could not be found out, one sentence each
  std::string control_bucket;
  // Of the further destinations, where there are several protections.
  struct OtherDestination {
    std::string control_bucket;
    std::optional<dr::Heartbeat> heartbeat;
  };
  std::vector<OtherDestination> others;
  bool of_one = false;  // one bucket was asked for: all its conditions are shown
  Instant now{};
};

// The entry of a record: what it tells, judged.
StatusEntry entry_of(dr::Record record);
// A condition that whoever asks has seen himself goes in front of what the record tells.
void see(StatusEntry& entry, dr::Condition condition);
// Tells every bucket whether both sides answer. Comes last: what the record tells is judged by itself.
void set_reachable(StatusReport& report);

// Adds what was read of another protection. `report` and `more` are of different protections with these names. A
// sentence that both say is said once; any other one gets the name in front.
void add_protection(StatusReport& report, StatusReport more, const std::string& name);

// Gives every bucket whose backfill could begin by now its place in the line, and says so in its health.
void set_job_places(std::vector<StatusEntry>& entries, Instant now);

// Worst first, then by name.
void sort_entries(std::vector<StatusEntry>& entries);

// exit_done: all is healthy. exit_differences (3): something is not. exit_failed (1): nothing is known to be
// wrong, but something could not be found out.
int exit_code_of(const StatusReport& report);

// `width`: of the terminal; 0: no limit.
std::string as_table(const StatusReport& report, std::size_t width);
std::string as_json(const StatusReport& report);

}  // namespace s3dr::app
