#include "functions/destination_bucket_check.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "dr/observed.h"
#include "functions/executor.h"
#include "functions/obstruction.h"
#include "functions/replica_source.h"

namespace s3dr::functions {

namespace {

// What is known of a bucket that an event of the destination region named: the message for its source, or how
// the look ended.
Task<std::optional<Outcome>> find_source(Context context, dr::Message& message) {
  Outcome outcome;
  ReplicaSource found;
  try {
    found = co_await source_of_replica(context, message.bucket);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    const bool passes = dr::is_transient(error.kind());
    outcome.kind = passes ? Outcome::Kind::look_again : Outcome::Kind::blocked;
    outcome.after = passes ? context.policy.look_again : milliseconds(0);
    outcome.error = error.kind();
    outcome.why = "whose replica " + message.bucket.text() + " is: " + error.what();
    co_return outcome;
  }
  if (found.cut_off) {
    outcome.why = "whose replica " + message.bucket.text() +
                  " was is not known: " + std::to_string(searched_records_max) +
                  " records do not name it; the sweep looks at all of them";
    context.log.warning(outcome.why, {{"bucket", message.bucket.text()}});
    co_return outcome;
  }
  if (!found.source) {
    outcome.why = message.bucket.text() + " is no replica of ours";
    co_return outcome;
  }
  message.bucket = *found.source;
  message.kind = dr::MessageKind::ensure;
  co_return std::nullopt;
}

}  // namespace

Task<Outcome> destination_bucket_check(Context context, dr::Message message) {
  constexpr auto self = dr::Function::destination_bucket_check;
  if (message.kind == dr::MessageKind::replica) {
    auto ended = co_await find_source(context, message);
    if (ended) co_return *ended;
  }
  Execution execution = co_await execute(context, self, message);
  if (!execution.ended && execution.plan.blocked_for(self) == nullptr) {
    constexpr auto last = dr::Function::enable_replication;
    if (execution.plan.concerns(last) || execution.plan.look_again_after ||
        is_obstructed(execution.record, last)) {
      co_await hand_on(context, execution, last, message);
    }
  }
  co_return co_await conclude_and_note(context, self, std::move(execution));
}

}  // namespace s3dr::functions
