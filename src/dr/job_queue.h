// The queue of backfill jobs: which buckets wait for a job, oldest first, and whose job runs. A store runs only so many
// replication jobs of an account at once (store_profile.h). One JSON document for each source region in the control
// bucket. It is also the lease of the walker: only its holder starts jobs (functions/job_walk.h).
// It is an index: since when a bucket waits is in its record, and a bucket that is not in the queue puts itself there.
// The value, its codec and its rules. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dr/record.h"
#include "s3/names.h"

namespace s3dr::dr {

struct QueuedJob {
  s3::BucketName bucket;
  // The record's waiting_since: its job may be started from then on. Kept while the job runs. May be in the future.
  Instant since{};
  bool operator==(const QueuedJob&) const = default;
};

struct JobQueue {
  s3::AccountId account;  // the source's
  s3::Region region;
  std::string holder;                 // of the lease; empty: nobody walks
  std::optional<Instant> held_until;  // the lease ends then, whatever became of its holder
  std::optional<Instant> full_at;     // when a walk last found every place taken
  std::vector<QueuedJob> waiting;     // oldest first; at most queued_jobs_max
  std::vector<QueuedJob> running;
  bool operator==(const JobQueue&) const = default;
};

// Of more buckets that wait, the oldest are kept. The others come in with the next sweep, when there is room.
constexpr std::size_t queued_jobs_max = 1'000;
// A walk starts no further job after half of this.
constexpr milliseconds job_lease{20'000};

// What a record wants of the queue.
enum class JobStanding { none, waiting, running };
JobStanding job_standing(const Record& record);
// From when on its job may be started: the longer ago, the sooner its turn. May be in the future (store_profile.h).
Instant waiting_since(const Record& record);

// The queue with the bucket in the list of its standing, and in no other.
JobQueue with_standing(JobQueue queue, const s3::BucketName& bucket, JobStanding standing, Instant since);

// Whether a walk makes sense now: nobody holds the lease, some bucket's time has come, and it is not just now that every place was
// taken. `place_freed`: a job has ended since.
bool may_walk(const JobQueue& queue, bool place_freed, milliseconds look_again, Instant now);
// The queue with the lease taken, and given back. A lease that another one took meanwhile stays.
JobQueue with_lease(JobQueue queue, std::string holder, Instant now);
JobQueue without_lease(JobQueue queue, const std::string& holder);

// Between two sweeps: the buckets whose job runs, and the one that has waited longest. It starts the others.
std::vector<s3::BucketName> to_look_at(const JobQueue& queue, Instant now);

// The place of each bucket, in the order of `waiting`: 1 is started next. Any order in, ties by name.
std::vector<std::size_t> places_of(const std::vector<QueuedJob>& waiting);

constexpr std::int64_t job_queue_format = 1;
constexpr std::size_t job_queue_bytes_max = 1024 * 1024;

// "jobs/<source-account>/<source-region>.json" in the control bucket.
std::string job_queue_key(const s3::AccountId& account, const s3::Region& region);
// Deterministic.
std::string to_json(const JobQueue& queue);
// Raises corrupt for what is no queue of this format, unsupported for a newer one.
JobQueue parse_job_queue(std::string_view json);

}  // namespace s3dr::dr
