#include "functions/source_bucket_check.h"

#include "functions/executor.h"

namespace s3dr::functions {

Task<Outcome> source_bucket_check(Context context, dr::Message message) {
  constexpr auto self = dr::Function::source_bucket_check;
  Execution execution = co_await execute(context, self, message);
  // If something of its own is unknown or not done yet, it looks again and notifies the next function later.
  // If it waits for the next function, it notifies that one at once.
  const dr::Action* blocked = execution.plan.blocked_for(self);
  if (!execution.ended && (blocked == nullptr || blocked->waits_its_turn)) {
    if (execution.plan.concerns(dr::Function::destination_bucket_check)) {
      co_await hand_on(context, execution, dr::Function::destination_bucket_check, message);
    } else if (execution.plan.concerns(dr::Function::enable_replication) || execution.plan.look_again_after) {
      co_await hand_on(context, execution, dr::Function::enable_replication, message);
    }
  }
  co_return conclude(context, self, execution);
}

}  // namespace s3dr::functions
