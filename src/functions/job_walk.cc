#include "functions/job_walk.h"

#include <utility>
#include <vector>

#include "base/error.h"

namespace s3dr::functions {
namespace {

constexpr auto self = dr::Function::enable_replication;

// Many buckets may come in at once. Whoever loses so many races leaves it to its next look.
constexpr int races_max = 10;

// What the walk learned of one bucket.
struct Handled {
  s3::BucketName bucket;
  dr::JobStanding standing = dr::JobStanding::none;
  Instant since{};
};

Task<bool> swap_queue(Context context, StoredQueue& stored, dr::JobQueue next) {
  std::string key = dr::job_queue_key(context.policy.source_account, context.policy.source_region);
  std::string text = dr::to_json(next);
  auto etag = co_await context.records.write(std::move(key), std::move(text), stored.etag);
  if (!etag) co_return false;
  stored.queue = std::move(next);
  stored.etag = std::move(*etag);
  co_return true;
}

// The queue with the bucket in its place, and with the lease if we may walk. nullopt: we do not walk.
Task<std::optional<StoredQueue>> come_in(Context context, Handled own, std::string holder) {
  for (int race = 0; race < races_max; ++race) {
    StoredQueue stored = co_await read_job_queue(context.records, context.policy);
    const Instant now = context.clock.now();
    dr::JobQueue next = dr::with_standing(stored.queue, own.bucket, own.standing, own.since);
    const bool place_freed = next.running.size() < stored.queue.running.size();
    const bool walks = dr::may_walk(next, place_freed, context.policy.look_again, now);
    if (walks) next = dr::with_lease(std::move(next), holder, now);
    if (next == stored.queue) co_return std::nullopt;
    const bool swapped = co_await swap_queue(context, stored, std::move(next));
    if (!swapped) continue;
    if (!walks) co_return std::nullopt;
    co_return stored;
  }
  co_return std::nullopt;
}

Task<> give_back(Context context, std::vector<Handled> handled, bool full, std::string holder) {
  for (int race = 0; race < races_max; ++race) {
    StoredQueue stored = co_await read_job_queue(context.records, context.policy);
    dr::JobQueue next = dr::without_lease(stored.queue, holder);
    for (const Handled& one : handled)
      next = dr::with_standing(std::move(next), one.bucket, one.standing, one.since);
    next.full_at.reset();
    if (full) next.full_at = context.clock.now();
    if (next == stored.queue) co_return;
    const bool swapped = co_await swap_queue(context, stored, std::move(next));
    if (swapped) co_return;
  }
  context.log.warning("the lease of the job queue was not given back: it ends by itself",
                      {{"holder", holder}});
}

Handled handled_of(const s3::BucketName& bucket, const Execution& execution) {
  Handled result;
  result.bucket = bucket;
  if (!execution.record) return result;
  result.standing = dr::job_standing(*execution.record);
  result.since = dr::waiting_since(*execution.record);
  return result;
}

// A free place is what it waits for, no mishap of its own.
bool waits_for_a_place(const Execution& execution) {
  if (execution.ended) return execution.outcome.error == ErrorKind::throttled;
  return execution.plan.blocked_for(self) == nullptr && execution.plan.look_again_after.has_value();
}

// Oldest first, until every place is taken or half of the lease is over.
Task<std::optional<Execution>> walk(Context context, dr::Message message, StoredQueue held) {
  const std::string holder = held.queue.holder;
  const milliseconds stop = context.clock.uptime() + dr::job_lease / 2;
  std::optional<Execution> own;
  std::vector<Handled> handled;
  bool full = false;
  for (const dr::QueuedJob& next : held.queue.waiting) {
    if (context.clock.uptime() >= stop || context.clock.now() < next.since) break;
    dr::Message about =
        dr::message_for(context.policy, dr::MessageKind::ensure, next.bucket, message.correlation_id);
    Execution execution = co_await execute(context, self, std::move(about), Jobs::start);
    Handled one = handled_of(next.bucket, execution);
    const bool due = one.standing == dr::JobStanding::waiting && one.since <= context.clock.now();
    full = due && waits_for_a_place(execution);
    if (next.bucket == message.bucket) own = std::move(execution);
    if (full) break;
    if (one.standing == dr::JobStanding::running) {
      context.log.info("the walker of the job queue started a backfill",
                       {{"bucket", next.bucket.text()},
                        {"holder", holder},
                        {"waiting", std::to_string(held.queue.waiting.size())}});
    }
    // One that cannot go on makes way. Its own next look brings it in again.
    if (due) one.standing = dr::JobStanding::none;
    handled.push_back(std::move(one));
  }
  co_await give_back(context, std::move(handled), full, holder);
  co_return own;
}

Execution after(Execution before, Execution walked) {
  walked.outcome.writes += before.outcome.writes;
  walked.outcome.did.insert(walked.outcome.did.begin(), before.outcome.did.begin(), before.outcome.did.end());
  return walked;
}

Task<Execution> come_in_and_walk(Context context, dr::Message message, Execution execution, Handled own) {
  std::string holder = std::string(dr::to_string(self)) + "/" + context.random.hex(8);
  auto held = co_await come_in(context, own, holder);
  if (!held) co_return execution;
  context.log.debug("holds the lease of the job queue",
                    {{"holder", holder}, {"waiting", std::to_string(held->queue.waiting.size())}});
  auto walked = co_await walk(context, message, std::move(*held));
  if (walked) co_return after(std::move(execution), std::move(*walked));
  co_return execution;
}

}  // namespace

Task<StoredQueue> read_job_queue(ports::DocumentStore& records, const dr::Policy& policy) {
  StoredQueue stored;
  const auto document = co_await records.read(dr::job_queue_key(policy.source_account, policy.source_region));
  if (document) {
    stored.etag = document->etag;
    try {
      stored.queue = dr::parse_job_queue(document->text);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
    }
  }
  if (stored.queue.account != policy.source_account || stored.queue.region != policy.source_region) {
    stored.queue = {};
    stored.queue.account = policy.source_account;
    stored.queue.region = policy.source_region;
  }
  co_return stored;
}

Task<Execution> tend_job_queue(Context context, dr::Message message, Execution execution) {
  // A bucket whose record is gone leaves the queue.
  if (!execution.record && !execution.unrecorded) co_return execution;
  Handled own = handled_of(message.bucket, execution);
  const bool waits = own.standing == dr::JobStanding::waiting && own.since <= context.clock.now();
  std::optional<Error> failure;
  try {
    co_return co_await come_in_and_walk(context, message, execution, std::move(own));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error;
  }
  context.log.warning("the job queue was not tended",
                      {{"bucket", message.bucket.text()}, {"why", failure->what()}});
  if (waits && !execution.ended) {
    execution.outcome = outcome_of(context, *failure, execution.outcome);
    execution.ended = true;
  }
  co_return execution;
}

}  // namespace s3dr::functions
