#include "functions/enable_replication.h"

#include "functions/executor.h"

namespace s3dr::functions {

// `pause` and `ensure` are handled alike: what is to be done follows from the live tag, not from the message.
Task<Outcome> enable_replication(Context context, dr::Message message) {
  constexpr auto self = dr::Function::enable_replication;
  const Execution execution = co_await execute(context, self, message);
  co_return conclude(context, self, execution);
}

}  // namespace s3dr::functions
