#include "functions/enable_replication.h"

#include <utility>

#include "functions/executor.h"
#include "functions/job_walk.h"
#include "functions/obstruction.h"

namespace s3dr::functions {

// `pause` and `ensure` are handled alike: what is to be done follows from the live tag, not from the message.
Task<Outcome> enable_replication(Context context, dr::Message message) {
  constexpr auto self = dr::Function::enable_replication;
  Execution execution = co_await execute(context, self, message);
  execution = co_await tend_job_queue(context, message, std::move(execution));
  co_return co_await conclude_and_note(context, self, std::move(execution));
}

}  // namespace s3dr::functions
