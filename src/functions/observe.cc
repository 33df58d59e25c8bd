#include "functions/observe.h"

#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/task_group.h"
#include "dr/plan.h"
#include "dr/replica_name.h"
#include "dr/replica_policy.h"
#include "functions/failed_tasks.h"
#include "functions/observe_settings.h"
#include "functions/record_store.h"
#include "functions/sight.h"

namespace s3dr::functions {
namespace {

using dr::Observed;

// The one place where an answer becomes an observation. Cancellation is rethrown: it is no observation.
template <class T>
Task<Observed<T>> seen(Clock& clock, Task<std::optional<T>> call) {
  try {
    std::optional<T> answer = co_await std::move(call);
    if (!answer) co_return Observed<T>::absent(clock.now());
    co_return Observed<T>::of(std::move(*answer), clock.now());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    co_return failure_of<T>(error, clock.now());
  }
}

Task<std::optional<s3::Versioning>> versioning_of(ports::BucketStore& store, s3::BucketName bucket) {
  co_return co_await store.get_bucket_versioning(std::move(bucket));
}

Task<std::optional<bool>> has_batch_jobs(ports::BatchJobs& jobs) {
  co_await jobs.list_active_jobs("");
  co_return true;
}

// Jobs of other operations do not count. Reading stops when all places are known to be taken.
Task<std::optional<dr::ActiveJobs>> active_jobs(Context context, std::string description) {
  dr::ActiveJobs result;
  std::string token;
  do {
    const s3::JobPage page = co_await context.jobs.list_active_jobs(token);
    for (const s3::JobSummary& job : page.jobs) {
      if (!job.operation.empty() && job.operation != "S3ReplicateObject") continue;
      if (job.description == description) {
        result.ours = true;
      } else {
        ++result.others;
      }
    }
    token = page.next_token;
  } while (!token.empty());
  co_return result;
}

// A job that found nothing in a bucket of so many versions, all of them archived, is believed.
constexpr int content_pages_max = 10;

Task<std::optional<dr::SourceContent>> content_of(Context context, s3::BucketName bucket, Instant before) {
  dr::SourceContent content;
  s3::VersionListOptions options;
  options.prefix = context.policy.rule.prefix;
  for (int pages = 0;; ++pages) {
    const s3::VersionPage page = co_await context.source.list_object_versions(bucket, options);
    dr::add_page(content, page, before, context.policy.rule.delete_markers);
    content.cut_off = page.is_truncated;
    if (!page.is_truncated || content.replicable > 0 || pages + 1 == content_pages_max) co_return content;
    options.key_marker = page.next_key_marker;
    options.version_id_marker = page.next_version_id_marker;
  }
}

Task<std::optional<std::string>> readable_policy(Context context, s3::BucketName bucket) {
  std::optional<std::string> text = co_await context.destination.get_bucket_policy(bucket);
  // Raises corrupt: what cannot be read is not "without our statement".
  if (text) (void)dr::replica_policy_change(context.policy.partition, bucket, {}, &*text);
  co_return text;
}

// The reads of one round trip: they run at the same time, and each one fills its own field.
using Reads = std::vector<Task<>>;

template <class T>
Task<> fill(Clock& clock, Task<std::optional<T>> call, Observed<T>& field) {
  field = co_await seen(clock, std::move(call));
}

Task<> read_together(Reads reads) {
  TaskGroup group(co_await boost::asio::this_coro::executor);
  co_await group.run(std::move(reads));
}

// Why the rest of a bucket is not observed beside its head; empty: it is.
std::string reason_to_stop(const Observed<s3::BucketHead>& head) {
  if (head.has_value()) return "";
  if (head.is_absent()) return "there is no such bucket";
  return "the bucket itself could not be looked at";
}

void leave_out(dr::ObservedBucket& bucket, const std::string& why, Instant at) {
  bucket.tags = Observed<s3::TagSet>::not_observed(why, at);
  bucket.versioning = Observed<s3::Versioning>::not_observed(why, at);
}

// Without the bucket itself the other answers say nothing, so nobody waits for them. Not a task of the group: one that
// cancels its own group may not end without having waited (base/task_group.h).
Task<> read_side(Clock& clock, Task<std::optional<s3::BucketHead>> call, Observed<s3::BucketHead>& head,
                 Reads others, TaskGroup& group) {
  for (Task<>& other : others) group.spawn(std::move(other));
  co_await fill(clock, std::move(call), head);
  if (!head.has_value()) group.cancel();
  co_await group.wait();
}

// `more`: what else is read of this bucket.
Task<> observe_bucket(Clock& clock, ports::BucketStore& store, s3::BucketName bucket,
                      dr::ObservedBucket& result, Reads more) {
  more.push_back(fill(clock, store.get_bucket_tagging(bucket), result.tags));
  more.push_back(fill(clock, versioning_of(store, bucket), result.versioning));
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* const others = &group;
  co_await with_clean_up(read_side(clock, store.head_bucket(bucket), result.head, std::move(more), group),
                         [others] { return others->cancel_and_join(); });
  if (const std::string stop = reason_to_stop(result.head); !stop.empty())
    leave_out(result, stop, clock.now());
}

Task<> observe_source(Context context, dr::ObservedPair& pair) {
  Reads more;
  more.push_back(fill(context.clock, context.source.get_bucket_replication(pair.bucket), pair.replication));
  co_await observe_bucket(context.clock, context.source, pair.bucket, pair.source, std::move(more));
  if (const std::string stop = reason_to_stop(pair.source.head); !stop.empty())
    pair.replication = Observed<s3::ReplicationConfiguration>::not_observed(stop, context.clock.now());
}

Task<> observe_replica(Context context, dr::ObservedPair& pair) {
  Reads more;
  const bool has_policy = dr::wants_replica_policy(context.policy, pair.record.get());
  if (has_policy) more.push_back(look_at_replica_policy(context, pair));
  co_await observe_bucket(context.clock, context.destination, pair.replica_bucket, pair.replica,
                          std::move(more));
  const std::string stop = reason_to_stop(pair.replica.head);
  if (has_policy && !stop.empty())
    pair.replica_policy = Observed<std::string>::not_observed(stop, context.clock.now());
}

// A record that cannot be read is never taken for "no record", whatever the reason; a newer format is not
// "unsupported by the store".
Task<> observe_record(Context context, dr::ObservedPair& pair) {
  const Instant at = context.clock.now();
  try {
    auto stored = co_await read_record(context.records, context.policy, pair.bucket);
    if (stored) {
      pair.record = Observed<dr::Record>::of(std::move(stored->record), at);
      pair.record_etag = std::move(stored->etag);
    } else {
      pair.record = Observed<dr::Record>::absent(at);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    pair.record = Observed<dr::Record>::failed(error.kind(), error.what(), at);
  }
}

bool is_known_untagged(const Context& context, const dr::ObservedPair& pair) {
  if (pair.source.tags.is_absent()) return true;
  const s3::TagSet* tags = pair.source.tags.get();
  return tags != nullptr && (!dr::is_tagged(context.policy, *tags) || dr::is_marked_replica(*tags));
}

bool looks_at_jobs(std::optional<dr::Function> observer) {
  return observer == dr::Function::enable_replication || observer == dr::nobody;
}

// What the record alone asks of the jobs.
void add_reads_of_jobs(Context context, std::optional<dr::Function> observer, dr::ObservedPair& pair,
                       Reads& reads) {
  const dr::Record* record = pair.record.get();
  if (!looks_at_jobs(observer)) {
    pair.job =
        Observed<s3::JobDescription>::not_observed("enable_replication looks at it", context.clock.now());
    return;
  }
  Clock& clock = context.clock;
  if (dr::asks_job(record))
    reads.push_back(fill(clock, context.jobs.describe_job(record->backfill->job_id), pair.job));
  if (pair.starts_jobs && dr::asks_active_jobs(record, clock.now()))
    reads.push_back(
        fill(clock, active_jobs(context, record->backfill->inputs.description), pair.active_jobs));
  if (dr::asks_batch_jobs(record))
    reads.push_back(fill(clock, has_batch_jobs(context.jobs), pair.batch_jobs));
}

// What is asked about a job that has ended.
void add_reads_of_ended_job(Context context, std::optional<dr::Function> observer, dr::ObservedPair& pair,
                            Reads& reads) {
  if (!looks_at_jobs(observer)) return;
  const dr::Record* record = pair.record.get();
  const s3::JobDescription* job = pair.job.get();
  if (dr::asks_content(record, job))
    reads.push_back(fill(context.clock, content_of(context, pair.bucket, job->created), pair.content));
  if (dr::asks_failed_tasks(record, job))
    reads.push_back(fill(context.clock, look_at_failed_tasks(context, *record, *job), pair.failed_tasks));
}

Task<std::optional<bool>> any_is_there(Context context, s3::BucketName bucket,
                                       std::vector<dr::SeenVersion> versions) {
  for (const dr::SeenVersion& version : versions) {
    const auto created = co_await context.source.version_created(bucket, version.key, version.version_id);
    if (created == version.created) co_return true;
  }
  co_return false;
}

// Only when our rule is gone, so it costs nothing else. Others wait for what source_bucket_check records.
Task<> observe_identity(Context context, std::optional<dr::Function> observer, dr::ObservedPair& pair) {
  if (!dr::asks_seen_versions(context.policy, pair)) co_return;
  if (observer != dr::Function::source_bucket_check && observer != dr::nobody) {
    pair.seen_versions = Observed<bool>::not_observed("source_bucket_check looks at it", context.clock.now());
    co_return;
  }
  pair.seen_versions =
      co_await seen(context.clock, any_is_there(context, pair.bucket, pair.record.value().seen_versions));
  if (pair.seen_versions.has_value() && !pair.seen_versions.value())
    pair.source_created = co_await seen(context.clock, context.source.bucket_created(pair.bucket));
}

// Nobody else has the right to.
bool looks_at_settings(std::optional<dr::Function> observer) {
  return observer == dr::Function::destination_bucket_check || observer == dr::nobody;
}

void add_reads_of_settings(Context context, std::optional<dr::Function> observer, dr::ObservedPair& pair,
                           Reads& reads) {
  if (!looks_at_settings(observer)) return;
  if (dr::asks_object_lock(context.policy, pair)) {
    reads.push_back(fill(context.clock,
                         context.source.get_bucket_setting(pair.bucket, s3::SettingKind::object_lock),
                         pair.object_lock));
  }
  if (dr::asks_settings(context.policy, pair, context.clock.now()))
    reads.push_back(observe_settings(context, pair));
}

// Why the replica and the jobs are not observed; empty: they are.
std::string reason_to_skip_replica(const Context& context, std::optional<dr::Function> observer,
                                   const dr::ObservedPair& pair) {
  if (!pair.record.is_known()) return "the record is not known";
  if (pair.source.head.is_absent()) {
    // A person who plans wants to know what is left.
    const dr::Record* record = pair.record.get();
    if (observer == dr::nobody && record != nullptr && !record->replica.bucket.empty()) return "";
    return "not needed while there is no source";
  }
  if (is_known_untagged(context, pair)) return "not needed for an untagged bucket";
  return "";
}

// Whether the replica will be looked at whatever the source answers, as far as the record can tell. Then both sides
// are read at once. A bucket without a record may be any bucket of the account: its tags are read first.
bool expects_replica(const dr::ObservedPair& pair) {
  const dr::Record* record = pair.record.get();
  return record != nullptr && record->state != dr::State::paused && record->state != dr::State::source_gone &&
         record->state != dr::State::source_recreated;
}

void skip_replica(dr::ObservedPair& pair, const std::string& why, Instant at) {
  pair.replica.head = Observed<s3::BucketHead>::not_observed(why, at);
  leave_out(pair.replica, why, at);
  pair.replica_policy = {};
  pair.job = {};
  pair.active_jobs = {};
  pair.batch_jobs = {};
}

// Everything but the record, which is older.
Task<> observe_rest(Context context, std::optional<dr::Function> observer, dr::ObservedPair& pair) {
  pair.replica_bucket = dr::replica_candidate(context.policy, pair.bucket, pair.record.get());
  const bool at_once = expects_replica(pair);
  Reads first, second, third;
  first.push_back(observe_source(context, pair));
  if (at_once) {
    first.push_back(observe_replica(context, pair));
    add_reads_of_jobs(context, observer, pair, first);
  }
  co_await read_together(std::move(first));
  if (const std::string skip = reason_to_skip_replica(context, observer, pair); !skip.empty()) {
    skip_replica(pair, skip, context.clock.now());
    co_return;
  }
  const bool source_is_there = pair.source.head.has_value();  // else nothing follows from its jobs
  if (!at_once) {
    second.push_back(observe_replica(context, pair));
    if (source_is_there) add_reads_of_jobs(context, observer, pair, second);
    co_await read_together(std::move(second));
  }
  if (!source_is_there) co_return;
  add_reads_of_ended_job(context, observer, pair, third);
  add_reads_of_settings(context, observer, pair, third);
  third.push_back(observe_identity(context, observer, pair));
  co_await read_together(std::move(third));
}

dr::ObservedPair begin(const Context& context, s3::BucketName bucket, std::optional<dr::Function> observer,
                       Look look) {
  dr::ObservedPair pair;
  pair.bucket = std::move(bucket);
  pair.starts_jobs = look.starts_jobs;
  pair.settings.asked = look.settings_asked;
  pair.settings.tried = std::move(look.settings_tried);
  pair.settings.only_shown = observer == dr::nobody;
  pair.fresh_nonce = context.random.hex(16);
  return pair;
}

}  // namespace

Look look_of(const dr::ObservedPair& seen) {
  return {seen.starts_jobs, seen.settings.asked, seen.settings.tried};
}

Task<dr::ObservedPair> observe_pair(Context context, s3::BucketName bucket,
                                    std::optional<dr::Function> observer, Look look) {
  dr::ObservedPair pair = begin(context, std::move(bucket), observer, std::move(look));
  // The record is read first, so that it is older than all other observations. In the other order, a record
  // that is written meanwhile would be compared with an older "never versioned" or "no rule", and the source
  // would seem re-created.
  co_await observe_record(context, pair);
  co_await observe_rest(context, observer, pair);
  co_return pair;
}

Task<dr::ObservedPair> observe_after_record(Context context, dr::ObservedPair seen,
                                            std::optional<dr::Function> observer) {
  dr::ObservedPair pair = begin(context, seen.bucket, observer, look_of(seen));
  pair.record = std::move(seen.record);
  pair.record_etag = std::move(seen.record_etag);
  co_await observe_rest(context, observer, pair);
  co_return pair;
}

Task<> look_at_replica_policy(Context context, dr::ObservedPair& pair) {
  pair.replica_policy = co_await seen(context.clock, readable_policy(context, pair.replica_bucket));
}

Task<> look_before_put(Context context, dr::ObservedPair& pair) {
  Reads reads;
  reads.push_back(fill(context.clock, context.source.get_bucket_tagging(pair.bucket), pair.source.tags));
  reads.push_back(fill(context.clock, context.source.get_bucket_replication(pair.bucket), pair.replication));
  co_await read_together(std::move(reads));
}

}  // namespace s3dr::functions
