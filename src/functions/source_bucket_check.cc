#include "functions/source_bucket_check.h"

#include <utility>

#include "functions/executor.h"
#include "functions/obstruction.h"

namespace s3dr::functions {

Task<Outcome> source_bucket_check(Context context, dr::Message message) {
  constexpr auto self = dr::Function::source_bucket_check;
  constexpr auto destination = dr::Function::destination_bucket_check;
  constexpr auto last = dr::Function::enable_replication;
  Execution execution = co_await execute(context, self, message);
  // If something of its own is unknown or not done yet, it looks again and notifies the next function later.
  // If it waits for the next function, it notifies that one at once. A function that was obstructed has to look again.
  const dr::Action* blocked = execution.plan.blocked_for(self);
  if (!execution.ended && (blocked == nullptr || blocked->waits_its_turn)) {
    if (execution.plan.concerns(destination) || is_obstructed(execution.record, destination)) {
      co_await hand_on(context, execution, destination, message);
    } else if (execution.plan.concerns(last) || execution.plan.look_again_after ||
               is_obstructed(execution.record, last)) {
      co_await hand_on(context, execution, last, message);
    }
  }
  co_return co_await conclude_and_note(context, self, std::move(execution));
}

}  // namespace s3dr::functions
