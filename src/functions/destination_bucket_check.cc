#include "functions/destination_bucket_check.h"

#include "functions/executor.h"

namespace s3dr::functions {

Task<Outcome> destination_bucket_check(Context context, dr::Message message) {
  constexpr auto self = dr::Function::destination_bucket_check;
  Execution execution = co_await execute(context, self, message);
  if (!execution.ended && execution.plan.blocked_for(self) == nullptr) {
    if (execution.plan.concerns(dr::Function::enable_replication) || execution.plan.look_again_after) {
      co_await hand_on(context, execution, dr::Function::enable_replication, message);
    }
  }
  co_return conclude(context, self, execution);
}

}  // namespace s3dr::functions
