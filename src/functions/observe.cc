#include "functions/observe.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "dr/plan.h"
#include "dr/replica_name.h"
#include "dr/replica_policy.h"
#include "functions/failed_tasks.h"
#include "functions/record_store.h"

namespace s3dr::functions {
namespace {

using dr::Observed;

template <class T>
Observed<T> failure_of(const Error& error, Instant at) {
  if (error.kind() == ErrorKind::unsupported) return Observed<T>::unsupported(error.what(), at);
  return Observed<T>::failed(error.kind(), error.what(), at);
}

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
  if (text) (void)dr::replica_policy_difference(context.policy, bucket, "", &*text);
  co_return text;
}

// Why the rest of a bucket is not observed after its head; empty: go on.
std::string reason_to_stop(const Observed<s3::BucketHead>& head) {
  if (head.has_value()) return "";
  if (head.is_absent()) return "there is no such bucket";
  return "the bucket itself could not be looked at";
}

Task<dr::ObservedBucket> observe_bucket(Clock& clock, ports::BucketStore& store, s3::BucketName bucket) {
  dr::ObservedBucket result;
  result.head = co_await seen(clock, store.head_bucket(bucket));
  if (const std::string stop = reason_to_stop(result.head); !stop.empty()) {
    result.tags = Observed<s3::TagSet>::not_observed(stop, clock.now());
    result.versioning = Observed<s3::Versioning>::not_observed(stop, clock.now());
    co_return result;
  }
  result.tags = co_await seen(clock, store.get_bucket_tagging(bucket));
  result.versioning = co_await seen(clock, versioning_of(store, bucket));
  co_return result;
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

Task<> observe_jobs(Context context, std::optional<dr::Function> observer, dr::ObservedPair& pair) {
  const Instant at = context.clock.now();
  if (!pair.record.is_known()) {
    pair.batch_jobs = Observed<bool>::not_observed("the record is not known", at);
    co_return;
  }
  if (!looks_at_jobs(observer)) {
    pair.job = Observed<s3::JobDescription>::not_observed("enable_replication looks at it", at);
  } else if (dr::asks_job(pair.record.get())) {
    pair.job = co_await seen(context.clock, context.jobs.describe_job(pair.record.value().backfill->job_id));
  }
  if (looks_at_jobs(observer)) {
    const dr::Record* record = pair.record.get();
    if (pair.starts_jobs && dr::asks_active_jobs(record, context.clock.now())) {
      pair.active_jobs =
          co_await seen(context.clock, active_jobs(context, record->backfill->inputs.description));
    }
    if (dr::asks_content(record, pair.job.get())) {
      pair.content = co_await seen(context.clock, content_of(context, pair.bucket, pair.job.value().created));
    }
    if (dr::asks_failed_tasks(record, pair.job.get())) {
      pair.failed_tasks =
          co_await seen(context.clock, look_at_failed_tasks(context, *record, pair.job.value()));
    }
  }
  if (looks_at_jobs(observer) && dr::asks_batch_jobs(pair.record.get())) {
    pair.batch_jobs = co_await seen(context.clock, has_batch_jobs(context.jobs));
  }
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

}  // namespace

Task<dr::ObservedPair> observe_pair(Context context, s3::BucketName bucket,
                                    std::optional<dr::Function> observer, bool starts_jobs) {
  Clock& clock = context.clock;
  dr::ObservedPair pair;
  pair.bucket = bucket;
  pair.starts_jobs = starts_jobs;
  pair.fresh_nonce = context.random.hex(16);
  // The record is read first, so that it is older than all other observations. In the other order, a record
  // that is written meanwhile would be compared with an older "never versioned" or "no rule", and the source
  // would seem re-created.
  co_await observe_record(context, pair);
  pair.source = co_await observe_bucket(clock, context.source, bucket);
  if (const std::string stop = reason_to_stop(pair.source.head); !stop.empty()) {
    pair.replication = Observed<s3::ReplicationConfiguration>::not_observed(stop, clock.now());
  } else {
    pair.replication = co_await seen(clock, context.source.get_bucket_replication(bucket));
  }
  pair.replica_bucket = dr::replica_candidate(context.policy, bucket, pair.record.get());
  std::string skip;
  if (is_known_untagged(context, pair)) skip = "not needed for an untagged bucket";
  if (pair.source.head.is_absent()) {
    skip = "not needed while there is no source";
    // A person who plans wants to know what is left.
    const dr::Record* record = pair.record.get();
    if (observer == dr::nobody && record != nullptr && !record->replica.bucket.empty()) {
      pair.replica = co_await observe_bucket(clock, context.destination, pair.replica_bucket);
      co_return pair;
    }
  }
  if (!pair.record.is_known()) skip = "the record is not known";
  if (!skip.empty()) {
    const Instant at = clock.now();
    pair.replica.head = Observed<s3::BucketHead>::not_observed(skip, at);
    pair.replica.tags = Observed<s3::TagSet>::not_observed(skip, at);
    pair.replica.versioning = Observed<s3::Versioning>::not_observed(skip, at);
    co_return pair;
  }
  pair.replica = co_await observe_bucket(clock, context.destination, pair.replica_bucket);
  if (dr::needs_replica_policy(context.policy)) {
    if (pair.replica.head.has_value()) {
      co_await look_at_replica_policy(context, pair);
    } else {
      pair.replica_policy =
          Observed<std::string>::not_observed(reason_to_stop(pair.replica.head), clock.now());
    }
  }
  co_await observe_jobs(context, observer, pair);
  co_await observe_identity(context, observer, pair);
  co_return pair;
}

Task<> look_at_replica_policy(Context context, dr::ObservedPair& pair) {
  pair.replica_policy = co_await seen(context.clock, readable_policy(context, pair.replica_bucket));
}

Task<> look_before_put(Context context, dr::ObservedPair& pair) {
  pair.source.tags = co_await seen(context.clock, context.source.get_bucket_tagging(pair.bucket));
  pair.replication = co_await seen(context.clock, context.source.get_bucket_replication(pair.bucket));
}

}  // namespace s3dr::functions
